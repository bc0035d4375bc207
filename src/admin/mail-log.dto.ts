import { z } from 'zod';
import { PageQueryShape, PageSchemaShape } from '../common/pagination.js';
import type { OutgoingMail } from '../mail/outgoing-mail.entity.js';

const status = z.enum(['queued', 'sent', 'refused', 'failed']);

export const MailListQuerySchema = z.strictObject({
  ...PageQueryShape,
  status: status.optional(),
});
export type MailListQuery = z.output<typeof MailListQuerySchema>;

export const MailSchema = z
  .object({
    id: z.uuid(),
    recipient: z.string().meta({ example: 'ada@example.org' }),
    subject: z.string().meta({ example: 'Activate your Videoflix account' }),
    status,
    attempts: z.int().meta({ example: 1 }),
    answer: z.string().meta({
      description: 'The mail server’s last words',
      example: '550 5.1.1 No such user',
    }),
    created_at: z.iso.datetime(),
    finished_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Mail' });

export const MailPageSchema = z
  .object({ mails: z.array(MailSchema), ...PageSchemaShape })
  .meta({ id: 'MailPage' });

export function toMailDto(mail: OutgoingMail): z.output<typeof MailSchema> {
  return {
    id: mail.id,
    recipient: mail.recipient,
    subject: mail.subject,
    status: mail.status,
    attempts: mail.attempts,
    answer: mail.answer,
    created_at: mail.createdAt.toISOString(),
    finished_at: mail.finishedAt?.toISOString() ?? null,
  };
}
