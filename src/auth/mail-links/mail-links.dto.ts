import { z } from 'zod';
import { UuidSchema } from '../../common/ids.js';
import { EmailField } from '../../users/user.dto.js';

/** An address that asks for a link. */
export const EmailSchema = z.strictObject({ email: EmailField }).meta({ id: 'EmailAddress' });

/** What a mailed link says. */
export const LinkSchema = z
  .strictObject({ uid: UuidSchema, token: z.string().min(1).max(200) })
  .meta({ id: 'MailedLink' });
