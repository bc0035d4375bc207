import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';
import { bigintColumn } from '../../common/bigint-column.js';

/** The secret an authenticator shares with us (RFC 6238); it counts once a code has confirmed it. */
@Entity('totp_credentials')
export class TotpCredential {
  @PrimaryColumn('uuid', { name: 'user_id' })
  userId!: string;

  @Column('bytea', { name: 'sealed_secret' })
  sealedSecret!: Buffer;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null;

  /** Of the last code that was taken: a code works once (RFC 6238 5.2). */
  @Column({ ...bigintColumn, name: 'last_time_step', nullable: true })
  lastTimeStep!: number | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;
}
