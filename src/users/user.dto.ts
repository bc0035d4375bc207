import { z } from 'zod';
import type { User } from './user.entity.js';

export const EmailField = z
  .email('is not an e-mail address')
  .max(254)
  .meta({ example: 'ada@example.org' });

export const UsernameField = z
  .string()
  .regex(
    /^[\p{L}\p{N}._-]{3,40}$/u,
    'must be 3 to 40 letters, digits, dots, hyphens or underscores',
  )
  .meta({ example: 'ada' });

/** A user as the API shows them. */
export const UserSchema = z
  .object({
    id: z.uuid().meta({ example: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' }),
    email: z.string().meta({ example: 'ada@example.org' }),
    username: z.string().nullable().meta({ example: 'ada' }),
    name: z.string().meta({ example: 'Ada Lovelace' }),
    language: z.string().meta({ example: 'en' }),
    role: z.enum(['viewer', 'staff', 'superuser']),
    is_demo: z.boolean(),
    avatar_url: z.string().nullable(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: 'User' });

export function toUserDto(user: User): z.output<typeof UserSchema> {
  return {
    id: user.id,
    email: user.email,
    username: user.username,
    name: user.name,
    language: user.language,
    role: user.role,
    is_demo: user.isDemo,
    avatar_url: user.avatarKey === null ? null : avatarUrl(user.id, user.avatarKey),
    created_at: user.createdAt.toISOString(),
  };
}

/** The picture's address changes with the picture, so that it may be cached for good. */
function avatarUrl(userId: string, key: string): string {
  return `/api/v1/users/${userId}/avatar/${key.slice(key.lastIndexOf('/') + 1)}`;
}
