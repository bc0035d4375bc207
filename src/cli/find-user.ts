import type { INestApplicationContext } from '@nestjs/common';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';
import { CommandError } from './context.js';

/** @throws CommandError when nobody has this address or name */
export async function findUser(
  services: INestApplicationContext,
  identifier: string,
): Promise<User> {
  const user = await services.get(UsersService).findByIdentifier(identifier);
  if (user) return user;
  throw new CommandError(`There is no user with the e-mail address or username '${identifier}'.`);
}

/** What commands call a user. */
export function labelOf({ username, email }: Pick<User, 'username' | 'email'>): string {
  return username ?? email;
}
