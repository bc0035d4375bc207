import { startApp, type TestApp } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';
import { CookieClient } from '../support/cookie-client.js';
import { makePerson, type Person } from '../support/people.js';

let app: TestApp;
let ada: Person;

beforeAll(async () => {
  app = await startApp({ STAFF_2FA: 'required' });
  ada = await makePerson(app, { username: 'ada', name: 'Ada' });
});
afterAll(() => app.close());

const change = ({ client }: Person, changes: object): Promise<Answer> =>
  client.send('PATCH', 'users/me', changes);

test('people see their profile, and nobody else does', async () => {
  const { status, body } = await ada.client.get('users/me');
  expect(status).toBe(200);
  expect(body.user).toMatchObject({ id: ada.id, email: ada.email, username: 'ada', name: 'Ada' });
  expect(body).toEqual((await ada.client.get('auth/me')).body);
  expect((await new Client(app.origin).get('users/me')).status).toBe(401);
});

test('name, username and language change, each by itself', async () => {
  const { status, body } = await change(ada, { name: ' Ada L. ', language: 'en-gb' });
  expect([status, body.user.name, body.user.language]).toEqual([200, 'Ada L.', 'en-GB']);
  expect(body.user.username).toBe('ada');
  expect((await change(ada, { username: null })).body.user.username).toBeNull();
  expect((await change(ada, { username: 'Countess' })).body.user.username).toBe('Countess');
  expect((await change(ada, {})).body.user).toMatchObject({ name: 'Ada L.', username: 'Countess' });
  expect((await ada.client.get('users/me')).body.user.language).toBe('en-GB');
});

test('a taken username is refused, whatever its case, and one’s own is not', async () => {
  const grace = await makePerson(app, { username: 'grace' });
  const { status, body } = await change(ada, { username: 'GRACE' });
  expect([status, body.code, body.errors]).toEqual([
    409,
    'user.exists',
    [{ field: 'username', message: 'is taken' }],
  ]);
  expect((await change(grace, { username: 'Grace' })).status).toBe(200);
});

test('wrong and unknown fields are named', async () => {
  const { status, body } = await change(ada, { language: 'en_US', email: 'other@example.org' });
  expect([status, body.code]).toEqual([400, 'request.invalid']);
  expect(body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
    'email',
    'language',
  ]);
  expect((await change(ada, { name: 'a\0b' })).status).toBe(400);
});

test('a change by cookie needs the CSRF token', async () => {
  const browser = new CookieClient(app.origin);
  await browser.post('auth/login', { email: ada.email, password: 'correct horse battery staple' });
  const without = await browser.send('PATCH', 'users/me', { name: 'Eve' });
  expect([without.status, without.body.code]).toEqual([403, 'auth.csrf']);
  expect((await browser.send('PATCH', 'users/me', { name: 'Ada' }, browser.csrf)).status).toBe(200);
});

describe('a demo guest', () => {
  let guest: Client;

  beforeAll(async () => {
    const { body } = await new Client(app.origin).post('auth/demo');
    guest = new Client(app.origin, body.access_token as string);
  });

  test('has a profile, and cannot change or take away anything', async () => {
    expect((await guest.get('users/me')).body.user.is_demo).toBe(true);
    const tries = [
      guest.send('PATCH', 'users/me', { name: 'Somebody' }),
      guest.send('PUT', 'users/me/avatar', new FormData()),
      guest.send('DELETE', 'users/me/avatar'),
      guest.post('users/me/email', { new_email: 'a@example.org', password: 'x' }),
      guest.get('users/me/data'),
      guest.send('DELETE', 'users/me', { password: 'x' }),
    ];
    for (const { status, body } of await Promise.all(tries)) {
      expect([status, body.code]).toEqual([403, 'auth.forbidden']);
    }
  });
});

test('staff who have yet to set up a second factor see their profile, and change nothing', async () => {
  const staff = await makePerson(app, { role: 'staff' });
  expect((await staff.client.get('users/me')).status).toBe(200);
  const { status, body } = await change(staff, { name: 'x' });
  expect([status, body.code]).toEqual([403, 'auth.second_factor_setup_required']);
});
