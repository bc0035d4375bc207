import { z } from 'zod';
import { LinkSchema } from '../mail-links/mail-links.dto.js';

/** A password somebody chooses; the rules for it know the person, and are not a matter of shape. */
export const NewPasswordSchema = z.string().min(1).max(256).meta({
  description:
    'At least 8 characters; none of the 20,000 most common passwords, not all digits, not similar to the e-mail address or a name',
  example: 'a long sentence nobody guesses',
});

/** The password of an account, which shows that it is its owner who asks. */
export const PasswordField = z
  .string()
  .min(1)
  .max(256)
  .meta({ example: 'a long sentence nobody guesses' });

/** The password, asked for again before something that matters. */
export const PasswordConfirmationSchema = z
  .strictObject({ password: PasswordField })
  .meta({ id: 'PasswordConfirmation' });
export type PasswordConfirmation = z.output<typeof PasswordConfirmationSchema>;

export const ResetPasswordSchema = LinkSchema.extend({
  new_password: NewPasswordSchema,
}).meta({ id: 'ResetPassword' });

export const ChangePasswordSchema = z
  .strictObject({ old_password: PasswordField, new_password: NewPasswordSchema })
  .meta({ id: 'ChangePassword' });
