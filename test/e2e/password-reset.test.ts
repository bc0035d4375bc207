import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp } from '../support/client.js';
import { until } from '../support/until.js';

const EMAIL = 'forgetful@example.org';
const NEW_PASSWORD = 'another sentence to remember';

let app: TestApp;
let anonymous: Client;

beforeAll(async () => {
  app = await startApp();
  anonymous = new Client(app.origin);
});
afterAll(() => app.close());

async function resetLink(): Promise<Record<string, string>> {
  const mail = await until(
    async () =>
      (await mailsTo(app.dataDir, EMAIL)).find(({ subject }) => /password/.test(subject ?? '')),
    { what: 'the mail' },
  );
  const link = new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '');
  expect(link.pathname).toBe('/reset-password');
  return Object.fromEntries(link.searchParams);
}

test('a forgotten password is replaced by a mailed link, once, and every session ends', async () => {
  const before = await signUp(app, EMAIL);
  const known = await anonymous.post('auth/password/forgot', { email: EMAIL });
  const unknown = await anonymous.post('auth/password/forgot', { email: 'nobody@example.org' });
  expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);

  const link = await resetLink();
  const reset = { ...link, new_password: NEW_PASSWORD };
  const asActivation = await anonymous.post('auth/activate', link);
  expect([asActivation.status, asActivation.body.code]).toEqual([400, 'auth.invalid_link']);
  expect(
    (await anonymous.post('auth/password/reset', { ...link, new_password: 'short' })).status,
  ).toBe(400);
  expect((await anonymous.post('auth/password/reset', reset)).status).toBe(200);
  expect((await anonymous.post('auth/password/reset', reset)).body.code).toBe('auth.invalid_link');

  expect((await before.get('auth/me')).status).toBe(401);
  expect((await anonymous.post('auth/login', { email: EMAIL, password: PASSWORD })).status).toBe(
    401,
  );
  const login = await anonymous.post('auth/login', { email: EMAIL, password: NEW_PASSWORD });
  expect(login.status).toBe(200);
});
