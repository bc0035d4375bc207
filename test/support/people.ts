import { randomBytes } from 'node:crypto';
import { PasswordsService } from '../../src/auth/passwords/passwords.service.js';
import { SessionsService } from '../../src/auth/sessions/sessions.service.js';
import type { NewUser } from '../../src/users/users.service.js';
import { UsersService } from '../../src/users/users.service.js';
import type { TestApp } from './app.js';
import { Client, PASSWORD } from './client.js';

/** Somebody with an account, signed in on one device. */
export interface Person {
  id: string;
  email: string;
  client: Client;
}

/** Makes an account whose password is {@link PASSWORD}, active unless said otherwise. */
export async function makePerson(
  { app, origin }: TestApp,
  user: Partial<Omit<NewUser, 'passwordHash'>> = {},
): Promise<Person> {
  const { id, email } = await app.get(UsersService).create({
    email: `person-${randomBytes(4).toString('hex')}@example.org`,
    isActive: true,
    ...user,
    passwordHash: await app.get(PasswordsService).hash(PASSWORD),
  });
  const device = { address: '192.0.2.1', userAgent: 'curl/8.5.0' };
  const { accessToken } = await app
    .get(SessionsService)
    .open(id, { rememberMe: false, method: 'password' }, device);
  return { id, email, client: new Client(origin, accessToken) };
}
