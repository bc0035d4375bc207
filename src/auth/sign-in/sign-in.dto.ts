import { z } from 'zod';
import { toUserDto, UserSchema } from '../../users/user.dto.js';
import { PasswordField } from '../passwords/passwords.dto.js';
import { ACCESS_TOKEN_SECONDS } from '../sessions/sessions.service.js';
import type { SignedIn } from './sign-in.service.js';

export const LoginSchema = z
  .strictObject({
    email: z.string().min(1).max(254).optional().meta({ example: 'ada@example.org' }),
    username: z.string().min(1).max(254).optional(),
    password: PasswordField,
    code: z.string().min(1).max(40).optional().meta({
      description: 'Of the authenticator, or a recovery code, where two-factor sign-in is on',
      example: '492039',
    }),
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

export const LogoutSchema = z
  .strictObject({
    everywhere: z.boolean().default(false).meta({ description: 'Sign out on all devices' }),
  })
  .optional()
  .meta({ id: 'Logout' });

export const RefreshSchema = z
  .strictObject({ refresh_token: z.string().max(4096).optional() })
  .optional()
  .meta({ id: 'Refresh' });

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

export function toSignedInDto({ user, tokens }: SignedIn): z.output<typeof SignedInSchema> {
  return {
    user: toUserDto(user),
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
  };
}

export function toTokenPairDto(signedIn: SignedIn): z.output<typeof TokenPairSchema> {
  return { ...toSignedInDto(signedIn), refresh_token: signedIn.tokens.refreshToken };
}
