import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A challenge that waits for its answer, once. */
@Entity('passkey_challenges')
export class PasskeyChallenge {
  @PrimaryColumn('uuid')
  id!: string;

  /** Who adds a passkey; unset for a sign-in. */
  @Column('uuid', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('text')
  challenge!: string;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
