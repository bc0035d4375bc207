import { z } from 'zod';
import type { SecretBox } from '../common/secret-box.js';
import type { Mail } from '../ports/mailer.js';

const MailBodySchema = z.object({ text: z.string(), html: z.string() });

type MailBody = Pick<Mail, 'text' | 'html'>;

/** Seals a body so that only the row of this mail can hold it. */
export function sealBody(box: SecretBox, mailId: string, { text, html }: MailBody): Buffer {
  return box.seal(JSON.stringify({ text, html }), label(mailId));
}

/** @throws Error when the box is another mail's, or was sealed with another secret */
export function openBody(box: SecretBox, mailId: string, sealed: Buffer): MailBody {
  return MailBodySchema.parse(JSON.parse(box.open(sealed, label(mailId))));
}

function label(mailId: string): string {
  return `mail ${mailId}`;
}
