import { z } from 'zod';
import { FlagSchema } from '../common/flag.js';
import { PageQueryShape, PageSchemaShape, SearchField } from '../common/pagination.js';
import { toUserDto, UserSchema } from '../users/user.dto.js';
import type { User } from '../users/user.entity.js';

const { role } = UserSchema.shape;

export const AdminUserListQuerySchema = z.strictObject({
  ...PageQueryShape,
  search: SearchField.meta({ description: 'Part of the e-mail address, the username or the name' }),
  role: role.optional(),
  is_active: FlagSchema.optional(),
  demo: FlagSchema.default(false).meta({ description: 'Demo guests, too' }),
});
export type AdminUserListQuery = z.output<typeof AdminUserListQuerySchema>;

const moment = z.iso.datetime().nullable();

/** A user as staff see them. */
export const AdminUserSchema = UserSchema.extend({
  is_active: z.boolean(),
  activated_at: moment.meta({
    description: 'When the address was confirmed, or staff decided about the account',
  }),
  last_login_at: moment,
  deletion_requested_at: moment,
}).meta({ id: 'AdminUser' });

export const AdminUserPageSchema = z
  .object({ users: z.array(AdminUserSchema), ...PageSchemaShape })
  .meta({ id: 'AdminUserPage' });

export const AdminUserChangeSchema = z
  .strictObject({ role: role.optional(), is_active: z.boolean().optional() })
  .refine((changes) => Object.values(changes).some((value) => value !== undefined), {
    message: 'needs role or is_active',
  })
  .meta({ id: 'AdminUserChange' });
export type AdminUserChange = z.output<typeof AdminUserChangeSchema>;

export function toAdminUserDto(user: User): z.output<typeof AdminUserSchema> {
  return {
    ...toUserDto(user),
    is_active: user.isActive,
    activated_at: user.activatedAt?.toISOString() ?? null,
    last_login_at: user.lastLoginAt?.toISOString() ?? null,
    deletion_requested_at: user.deletionRequestedAt?.toISOString() ?? null,
  };
}
