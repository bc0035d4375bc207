import { Column, CreateDateColumn, Entity, PrimaryColumn } from 'typeorm';

/** What the audit log remembers. */
export const AUDIT_ACTIONS = [
  'account.registered',
  'account.activated',
  'account.email_changed',
  'account.data_downloaded',
  'account.deletion_requested',
  'account.deletion_cancelled',
  'account.erased',
  'comment.deleted',
  'comment.hidden',
  'comment.published',
  'confirmation.failed',
  'export.made',
  'passkey.added',
  'passkey.removed',
  'password.changed',
  'password.reset',
  'playback_key.rotated',
  'second_factor.enabled',
  'second_factor.disabled',
  'second_factor.recovery_code_used',
  'second_factor.recovery_codes_renewed',
  'service_key.created',
  'service_key.revoked',
  'session.revoked',
  'session.revoked_for_reuse',
  'sign_in.failed',
  'sign_in.locked',
  'sign_in.succeeded',
  'sign_in.unlocked',
  'sign_out',
  'user.activity_changed',
  'user.created',
  'user.role_changed',
  'video.deleted',
  'video.purged',
  'video.restored',
  'video.visibility_changed',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** Who did what to whom, when and from where. */
@Entity('audit_events')
export class AuditEvent {
  /** Grows with time. */
  @PrimaryColumn('bigint', { insert: false })
  id!: string;

  @CreateDateColumn({ type: 'timestamptz' })
  at!: Date;

  @Column('text')
  action!: AuditAction;

  /** Unset for commands and scheduled tasks, and when the account is gone. */
  @Column('uuid', { name: 'actor_id', nullable: true })
  actorId!: string | null;

  @Column('text', { name: 'subject_type', nullable: true })
  subjectType!: 'user' | 'video' | null;

  @Column('uuid', { name: 'subject_id', nullable: true })
  subjectId!: string | null;

  /** Empty for commands and scheduled tasks. */
  @Column('text', { default: '' })
  address!: string;

  @Column('text', { name: 'user_agent', default: '' })
  userAgent!: string;

  @Column('jsonb', { default: {} })
  details!: Record<string, string | number | boolean>;
}
