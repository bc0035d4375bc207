import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { bigintColumn } from '../../common/bigint-column.js';

/** A WebAuthn credential of a user. */
@Entity('passkeys')
export class Passkey {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  /** Base64url, as the browser names it. */
  @Column('text', { name: 'credential_id' })
  credentialId!: string;

  /** COSE key. */
  @Column('bytea', { name: 'public_key' })
  publicKey!: Buffer;

  /** Signatures so far, for authenticators that count. */
  @Column(bigintColumn)
  counter!: number;

  @Column('text', { array: true, default: [] })
  transports!: string[];

  @Column('text')
  name!: string;

  /** True when it lives on several devices. */
  @Column('boolean', { name: 'is_synced', default: false })
  isSynced!: boolean;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;
}
