import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** `refused` is the mail server's last word; `failed` means that nobody took it in the end. */
export type MailStatus = 'queued' | 'sent' | 'refused' | 'failed';

/** A mail on its way, and afterwards the record of what became of it. */
@Entity('outgoing_mails')
export class OutgoingMail {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'user_id', nullable: true })
  userId!: string | null;

  @Column('text')
  recipient!: string;

  @Column('text')
  subject!: string;

  /** Holds links that open accounts: it is encrypted, only read to be sent, and gone once it is. */
  @Column('bytea', { name: 'sealed_body', nullable: true, select: false })
  sealedBody!: Buffer | null;

  @Column('text', { default: 'queued' })
  status!: MailStatus;

  @Column('smallint', { default: 0 })
  attempts!: number;

  /** The mail server's last words. */
  @Column('text', { default: '' })
  answer!: string;

  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;
}
