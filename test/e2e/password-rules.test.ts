import { DataSource } from 'typeorm';
import { MailTokensService } from '../../src/auth/mail-links/mail-tokens.service.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';

const EMAIL = 'ada.lovelace@example.org';

let ground: Ground;
let app: TestApp;
let ada: Client;

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground);
  ada = await signUp(app, EMAIL);
});
afterAll(async () => {
  await app.close();
  await ground.remove();
});

describe.each<[string, string, (password: string) => Promise<Answer>]>([
  ['registering', 'password', (password) => register(password)],
  ['changing', 'new_password', (password) => change(password)],
  ['resetting', 'new_password', (password) => reset(password)],
])('%s names every rule that a password breaks', (_, field, choose) => {
  test.each([
    ['is short', 'qzvx-wk', ['must have at least 8 characters']],
    ['is common', 'Sunshine1', ['is too common']],
    ['is all digits', '8301945627', ['must not be all digits']],
    ['is like the address', 'ada.lovelace', ['is too similar to the e-mail address']],
    [
      'breaks three',
      '1234',
      ['must have at least 8 characters', 'is too common', 'must not be all digits'],
    ],
  ])('that %s', async (__, password, faults) => {
    const { status, body } = await choose(password);
    expect([status, body.code]).toEqual([400, 'auth.weak_password']);
    expect(body.errors).toEqual(faults.map((message) => ({ field, message })));
    expect(body.detail).toBe(`The password ${new Intl.ListFormat('en').format(faults)}.`);
  });
});

test('a changed password ends other sessions, keeps this one, and tells the owner', async () => {
  const other = new Client(app.origin, (await signIn(PASSWORD)).body.access_token);
  const wrong = await ada.post('auth/password/change', {
    old_password: 'not my password',
    new_password: 'a brand new sentence',
  });
  expect([wrong.status, wrong.body.code]).toEqual([403, 'auth.wrong_password']);
  expect((await change('a brand new sentence')).status).toBe(200);
  expect((await ada.get('auth/me')).status).toBe(200);
  expect((await other.get('auth/me')).body.code).toBe('auth.session_revoked');
  expect((await signIn(PASSWORD)).status).toBe(401);
  expect((await signIn('a brand new sentence')).status).toBe(200);
  const back = { old_password: 'a brand new sentence', new_password: PASSWORD };
  expect((await ada.post('auth/password/change', back)).status).toBe(200);
});

test('a hash is made anew at the next sign-in after the parameters have risen', async () => {
  const before = await storedHash();
  expect((await signIn(PASSWORD)).status).toBe(200);
  expect(await storedHash()).toBe(before);
  await app.close();
  app = await startAppOn(ground, { ARGON2_ITERATIONS: '3', ARGON2_MEMORY_KIB: '24576' });
  expect((await signIn('a wrong password')).status).toBe(401);
  expect(await storedHash()).toBe(before);
  expect((await signIn(PASSWORD)).status).toBe(200);
  expect(await storedHash()).toMatch(/^\$argon2id\$v=19\$m=24576,t=3,p=1\$/);
  expect((await signIn(PASSWORD)).status).toBe(200);
});

function register(password: string): Promise<Answer> {
  return new Client(app.origin).post('auth/register', { email: `new.${EMAIL}`, password });
}

function change(password: string): Promise<Answer> {
  return ada.post('auth/password/change', { old_password: PASSWORD, new_password: password });
}

async function reset(password: string): Promise<Answer> {
  const uid = (await ada.get('auth/me')).body.user.id as string;
  const token = await app.app.get(MailTokensService).issue(uid, 'password-reset');
  return ada.post('auth/password/reset', { uid, token, new_password: password });
}

function signIn(password: string): Promise<Answer> {
  return new Client(app.origin).post('auth/token', { email: EMAIL, password });
}

async function storedHash(): Promise<string> {
  const [row] = await app.app
    .get(DataSource)
    .query<{ hash: string }[]>('SELECT password_hash AS hash FROM users WHERE email = $1', [EMAIL]);
  return row?.hash ?? '';
}
