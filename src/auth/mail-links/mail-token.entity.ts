import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a mailed link allows; a token of one purpose is void for another. */
export type MailTokenPurpose = 'activation' | 'password-reset' | 'email-change';

/**
 * The one valid token of a user and purpose, or one of each registration that waits for its
 * activation. The token itself is only in the mail.
 */
@Entity('mail_tokens')
export class MailToken {
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  @Column('text')
  purpose!: MailTokenPurpose;

  @Column('bytea', { name: 'token_hash' })
  tokenHash!: Buffer;

  /** The address to be confirmed, for an e-mail change. */
  @Column('text', { name: 'new_email', nullable: true })
  newEmail!: string | null;

  /** What an activation sets: the password that was chosen in this very registration, ... */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash!: string | null;

  /** ... and the name, unless somebody else has it by then. */
  @Column('text', { nullable: true })
  username!: string | null;

  /** When the link to an activation was mailed; until then nobody knows its token. */
  @Column('timestamptz', { name: 'mailed_at', nullable: true })
  mailedAt!: Date | null;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
