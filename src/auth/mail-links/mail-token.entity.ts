import { Column, CreateDateColumn, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** What a mailed link allows; a token of one purpose is void for another. */
export type MailTokenPurpose = 'activation' | 'password-reset' | 'email-change';

/** The one valid token of a user and purpose; the token itself is only in the mail. */
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

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
