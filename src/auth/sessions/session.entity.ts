import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** How somebody showed who they are. */
export type SignInMethod = 'password' | 'passkey' | 'demo';

/** One sign-in on one device; its refresh token changes at every use. */
@Entity('sessions')
export class Session {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('text')
  method!: SignInMethod;

  @Column('bytea', { name: 'refresh_hash' })
  refreshHash!: Buffer;

  /** The token before this one, which another tab of the same browser may still hold. */
  @Column('bytea', { name: 'previous_hash', nullable: true })
  previousHash!: Buffer | null;

  @Column('timestamptz', { name: 'rotated_at', nullable: true })
  rotatedAt!: Date | null;

  @Column('boolean', { name: 'remember_me' })
  rememberMe!: boolean;

  @Column('text', { name: 'user_agent' })
  userAgent!: string;

  @Column('text')
  address!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'last_seen_at' })
  lastSeenAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
