import { z } from 'zod';
import { AUDIT_ACTIONS, type AuditEvent } from '../audit/audit-event.entity.js';
import { UuidSchema } from '../common/ids.js';
import { PageQueryShape, PageSchemaShape } from '../common/pagination.js';
import type { User } from '../users/user.entity.js';

export const AuditEventListQuerySchema = z.strictObject({
  ...PageQueryShape,
  action: z.enum(AUDIT_ACTIONS).optional(),
  user_id: UuidSchema.optional().meta({ description: 'Who did it or whom it was done to' }),
});
export type AuditEventListQuery = z.output<typeof AuditEventListQuerySchema>;

const AuditEventSchema = z
  .object({
    id: z.string().meta({ description: 'A number that grows with time', example: '41' }),
    at: z.iso.datetime(),
    action: z.enum(AUDIT_ACTIONS),
    actor: z.object({ id: z.uuid(), name: z.string(), email: z.string() }).nullable().meta({
      description: 'Unset for commands and scheduled tasks, and when the account is gone',
    }),
    subject: z.object({ type: z.enum(['user', 'video']), id: z.uuid() }).nullable(),
    address: z.string().meta({ example: '203.0.113.7' }),
    user_agent: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  })
  .meta({ id: 'AuditEvent' });

export const AuditEventPageSchema = z
  .object({ audit_events: z.array(AuditEventSchema), ...PageSchemaShape })
  .meta({ id: 'AuditEventPage' });

export function toAuditEventDto(
  event: AuditEvent,
  actor: User | undefined,
): z.output<typeof AuditEventSchema> {
  const { subjectType, subjectId } = event;
  return {
    id: event.id,
    at: event.at.toISOString(),
    action: event.action,
    actor: actor ? { id: actor.id, name: actor.name, email: actor.email } : null,
    subject: subjectType && subjectId ? { type: subjectType, id: subjectId } : null,
    address: event.address,
    user_agent: event.userAgent,
    details: event.details,
  };
}
