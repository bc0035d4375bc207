import { z } from 'zod';
import { NewPasswordSchema } from '../passwords/passwords.dto.js';
import { EmailField, UsernameField } from '../../users/user.dto.js';

export const RegisterSchema = z
  .strictObject({
    email: EmailField,
    username: UsernameField.optional(),
    password: NewPasswordSchema,
    confirmed_password: z.string().max(256).optional(),
    privacy_policy: z.literal(true, 'must be accepted').optional(),
  })
  .refine(({ password, confirmed_password: repeated }) => (repeated ?? password) === password, {
    path: ['confirmed_password'],
    message: 'is not the same as password',
  })
  .meta({ id: 'Register' });
