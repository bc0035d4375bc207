import { Client } from './client.js';

/** Who administers the installations that tests start in a process of their own. */
export const ADMIN = { email: 'admin@example.org', password: 'only for this test' };

export const ADMIN_SETTINGS = { ADMIN_EMAIL: ADMIN.email, ADMIN_PASSWORD: ADMIN.password };

export async function signInAsAdmin(origin: string): Promise<Client> {
  const { body } = await new Client(origin).post('auth/token', ADMIN);
  return new Client(origin, body.access_token);
}
