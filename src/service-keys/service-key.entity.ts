import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** A pair of keys with which a service signs its requests; for no person. */
@Entity('service_keys')
export class ServiceKey {
  @PrimaryColumn('uuid')
  id!: string;

  /** What requests name; no secret. */
  @Column('text', { name: 'access_key_id' })
  accessKeyId!: string;

  /** To compute a signature the secret itself is needed, no hash of it; gone once revoked. */
  @Column('bytea', { name: 'sealed_secret', nullable: true })
  sealedSecret!: Buffer | null;

  /** Which service has it, for people. */
  @Column('text')
  name!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** To the minute. */
  @Column('timestamptz', { name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;

  @Column('timestamptz', { name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
