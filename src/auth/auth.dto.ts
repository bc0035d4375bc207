import { z } from 'zod';
import { UuidSchema } from '../common/ids.js';
import { UserSchema } from '../users/user.dto.js';

const email = z.email('is not an e-mail address').max(254).meta({ example: 'ada@example.org' });

/** A password somebody chooses. */
export const NewPasswordSchema = z
  .string()
  .min(8, 'must have at least 8 characters')
  .max(256)
  .meta({ example: 'a long sentence nobody guesses' });

const username = z
  .string()
  .regex(
    /^[\p{L}\p{N}._-]{3,40}$/u,
    'must be 3 to 40 letters, digits, dots, hyphens or underscores',
  )
  .meta({ example: 'ada' });

export const RegisterSchema = z
  .strictObject({
    email,
    username: username.optional(),
    password: NewPasswordSchema,
    confirmed_password: z.string().max(256).optional(),
    privacy_policy: z.literal(true, 'must be accepted').optional(),
  })
  .refine(({ password, confirmed_password: repeated }) => (repeated ?? password) === password, {
    path: ['confirmed_password'],
    message: 'is not the same as password',
  })
  .meta({ id: 'Register' });

export const EmailSchema = z.strictObject({ email }).meta({ id: 'EmailAddress' });

export const ActivateSchema = z
  .strictObject({ uid: UuidSchema, token: z.string().min(1).max(200) })
  .meta({ id: 'Activate' });

export const ResetPasswordSchema = ActivateSchema.extend({
  new_password: NewPasswordSchema,
}).meta({ id: 'ResetPassword' });

export const LoginSchema = z
  .strictObject({
    email: z.string().min(1).max(254).optional().meta({ example: 'ada@example.org' }),
    username: z.string().min(1).max(254).optional(),
    password: z.string().min(1).max(256).meta({ example: 'a long sentence nobody guesses' }),
    remember_me: z.boolean().default(false),
  })
  .refine(
    ({ email: address, username: name }) => (address === undefined) !== (name === undefined),
    {
      path: ['email'],
      message: 'exactly one of email and username is needed',
    },
  )
  .meta({ id: 'Login' });

export const RefreshSchema = z
  .strictObject({ refresh_token: z.string().max(200).optional() })
  .optional()
  .meta({ id: 'Refresh' });

export const DetailSchema = z
  .object({ detail: z.string().meta({ example: 'Check your mail.' }) })
  .meta({ id: 'Detail' });

export const MeSchema = z.object({ user: UserSchema }).meta({ id: 'Me' });

export const SignedInSchema = z
  .object({
    user: UserSchema,
    access_token: z.string().meta({ example: 'eyJhbGciOiJIUzI1NiJ9…' }),
    token_type: z.literal('Bearer'),
    expires_in: z.int().meta({ description: 'Seconds', example: 1800 }),
  })
  .meta({ id: 'SignedIn' });

export const TokenPairSchema = SignedInSchema.extend({
  refresh_token: z.string(),
}).meta({ id: 'TokenPair' });
