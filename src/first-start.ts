import { randomBytes } from 'node:crypto';
import type { INestApplicationContext } from '@nestjs/common';
import { PasswordsService } from './auth/passwords/passwords.service.js';
import { DomainError } from './common/domain-error.js';
import type { Config } from './config/config.js';
import { FixturesService } from './fixtures/fixtures.service.js';
import { UsersService } from './users/users.service.js';

/** The administrator made by the first start. */
export interface FirstAdmin {
  email: string;
  /** Undefined when the operator chose it. */
  generatedPassword: string | undefined;
}

/**
 * On an installation without a superuser: loads the demo catalogue when asked to, and makes one.
 * The superuser comes last, so that a start killed halfway is a first start again.
 */
export async function firstStart(
  app: INestApplicationContext,
  { admin }: Pick<Config, 'admin'>,
  { demo }: { demo: boolean },
): Promise<FirstAdmin | undefined> {
  const users = app.get(UsersService);
  if (await users.findFirstSuperuser()) return undefined;
  const fixtures = app.get(FixturesService);
  if (demo) await fixtures.load();
  else await fixtures.loadGenres();
  const generatedPassword = admin.password ? undefined : randomBytes(12).toString('base64url');
  const passwordHash = await app
    .get(PasswordsService)
    .hash(admin.password ?? generatedPassword ?? '');
  try {
    await users.create({
      email: admin.email,
      username: 'admin',
      name: 'Administrator',
      passwordHash,
      role: 'superuser',
      isActive: true,
    });
  } catch (error) {
    // Another process that started at the same moment was first, and prints its banner.
    if (error instanceof DomainError && error.code === 'user.exists') return undefined;
    throw error;
  }
  return { email: admin.email, generatedPassword };
}
