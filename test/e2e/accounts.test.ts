import { DataSource } from 'typeorm';
import { MailTokensService } from '../../src/auth/mail-links/mail-tokens.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { until } from '../support/until.js';

const HOUR_MS = 3_600_000;
const OTHER_PASSWORD = 'an entirely different sentence';

let app: TestApp;
let anybody: Client;

beforeAll(async () => {
  app = await startApp();
  anybody = new Client(app.origin);
});
afterAll(() => app.close());
afterEach(() => {
  jest.useRealTimers();
});

test('a person registers, follows the mailed link, and signs in by e-mail', async () => {
  const registered = await register('ada@example.org');
  expect(registered.status).toBe(201);
  const { uid, token } = await linkMailedTo('ada@example.org');
  const activated = await anybody.post('auth/activate', { uid, token });
  expect([activated.status, activated.body]).toEqual([200, { detail: expect.any(String) }]);
  const { status, body } = await login({ email: 'ada@example.org' });
  expect(status).toBe(200);
  const me = await new Client(app.origin, body.access_token).get('auth/me');
  expect(me.status).toBe(200);
  expect(me.body.user).toEqual({
    id: uid,
    email: 'ada@example.org',
    username: null,
    name: '',
    language: 'en',
    role: 'viewer',
    is_demo: false,
    avatar_url: null,
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
  });
  expect(me.body.user).toEqual(body.user);
});

test('the activation link also works as an address of the API', async () => {
  await register('grace@example.org');
  const { uid, token } = await linkMailedTo('grace@example.org');
  expect((await anybody.get(`auth/activate/${uid}/${token}`)).status).toBe(200);
  expect((await login({ email: 'grace@example.org' })).status).toBe(200);
});

test('signup is another name for register', async () => {
  const { status } = await anybody.post('auth/signup', {
    email: 'hedy@example.org',
    password: PASSWORD,
    confirmed_password: PASSWORD,
    privacy_policy: true,
  });
  expect(status).toBe(201);
  await linkMailedTo('hedy@example.org');
});

test('e-mail address and username sign in whatever their case', async () => {
  await register('Joan.Clarke@Example.ORG', { username: 'Joan' });
  await activate('joan.clarke@example.org');
  for (const who of [
    { email: 'joan.clarke@example.org' },
    { email: 'JOAN.CLARKE@EXAMPLE.ORG' },
    { username: 'Joan' },
    { username: 'jOAN' },
  ]) {
    const { status, body } = await login(who);
    expect([who, status]).toEqual([who, 200]);
    expect(body.user).toMatchObject({ email: 'joan.clarke@example.org', username: 'Joan' });
  }
});

test('registering a known address is answered like an unknown one, and its owner is told', async () => {
  await signUp(app, 'known@example.org');
  const unknown = await register('unknown@example.org');
  const known = await register('KNOWN@example.org', { password: OTHER_PASSWORD });
  expect([known.status, known.body]).toEqual([unknown.status, unknown.body]);
  const mail = await until(async () => (await mailsTo(app.dataDir, 'known@example.org'))[1]);
  expect(mail.subject).toBe('You already have a Videoflix account');
  expect(mail.text).toContain(`${app.config.appUrl}/login`);
  expect((await login({ email: 'known@example.org' })).status).toBe(200);
  expect((await login({ email: 'known@example.org' }, OTHER_PASSWORD)).status).toBe(401);
});

test('a taken username is refused alike for known and unknown addresses', async () => {
  await signUp(app, 'has.account@example.org');
  await register('first@example.org', { username: 'wanted' });
  const answers = await Promise.all(
    ['has.account@example.org', 'first@example.org', 'nobody@example.org'].map((email) =>
      register(email, { username: 'WANTED' }),
    ),
  );
  for (const { status, body } of answers) {
    expect([status, body.code, body.errors]).toEqual([
      409,
      'user.exists',
      [{ field: 'username', message: 'is taken' }],
    ]);
  }
});

test('until the account is activated the latest registration counts', async () => {
  await register('twice@example.org', { password: OTHER_PASSWORD });
  const first = await linkMailedTo('twice@example.org');
  await register('twice@example.org', { username: 'twice' });
  const second = await linkMailedTo('twice@example.org', 2);
  expect((await anybody.post('auth/activate', first)).body.code).toBe('auth.invalid_link');
  expect((await anybody.post('auth/activate', second)).status).toBe(200);
  expect((await login({ username: 'twice' })).status).toBe(200);
  expect((await login({ username: 'twice' }, OTHER_PASSWORD)).status).toBe(401);
});

test.each([
  ['password', { password: 'qzvx-wk' }],
  ['confirmed_password', { confirmed_password: OTHER_PASSWORD }],
  ['privacy_policy', { privacy_policy: false }],
  ['username', { username: 'a@b' }],
  ['email', { email: 'not an address' }],
])('a wrong %s is named and nothing is registered', async (field, fields) => {
  const { status, body } = await register('wrong@example.org', fields);
  expect([status, body.errors]).toEqual([400, [{ field, message: expect.any(String) }]]);
  expect(await app.app.get(UsersService).findByEmail('wrong@example.org')).toBeNull();
});

test('an activation link works once', async () => {
  await register('once@example.org');
  const link = await linkMailedTo('once@example.org');
  expect((await anybody.post('auth/activate', link)).status).toBe(200);
  expectInvalidLink(await anybody.post('auth/activate', link));
  expectInvalidLink(await anybody.get(`auth/activate/${link.uid}/${link.token}`));
});

test('of two simultaneous uses of a link one wins', async () => {
  await register('race@example.org');
  const link = await linkMailedTo('race@example.org');
  const uses = [1, 2, 3, 4].map(() => anybody.post('auth/activate', link));
  const statuses = (await Promise.all(uses)).map(({ status }) => status).sort();
  expect(statuses).toEqual([200, 400, 400, 400]);
});

test('an activation link is bound to its user', async () => {
  await register('mine@example.org');
  await register('theirs@example.org');
  const { token } = await linkMailedTo('mine@example.org');
  const { uid } = await linkMailedTo('theirs@example.org');
  expectInvalidLink(await anybody.post('auth/activate', { uid, token }));
  expectNotActivated(await login({ email: 'theirs@example.org' }));
});

test('a link that was mailed again voids the one before it', async () => {
  await register('again@example.org');
  const first = await linkMailedTo('again@example.org');
  const resent = await anybody.post('auth/activation/resend', { email: 'Again@example.org' });
  expect(resent.status).toBe(200);
  const second = await linkMailedTo('again@example.org', 2);
  expectInvalidLink(await anybody.post('auth/activate', first));
  expect((await anybody.post('auth/activate', second)).status).toBe(200);
});

test('asking for another link is answered alike for every address and mails only who waits', async () => {
  await signUp(app, 'active@example.org');
  await register('waiting@example.org');
  await linkMailedTo('waiting@example.org');
  const [waiting, ...others] = await Promise.all(
    ['waiting@example.org', 'active@example.org', 'stranger@example.org'].map((email) =>
      anybody.post('auth/activation/resend', { email }),
    ),
  );
  for (const other of others) {
    expect([other.status, other.body]).toEqual([waiting?.status, waiting?.body]);
  }
  await linkMailedTo('waiting@example.org', 2);
  expect(await mailsTo(app.dataDir, 'active@example.org')).toHaveLength(1);
  expect(await mailsTo(app.dataDir, 'stranger@example.org')).toHaveLength(0);
});

test('an activation link is good for 72 hours and not a minute longer', async () => {
  await register('late@example.org');
  await register('just.in.time@example.org');
  const late = await linkMailedTo('late@example.org');
  const inTime = await linkMailedTo('just.in.time@example.org');
  const now = Date.now();
  setClock(new Date(now + 72 * HOUR_MS - 60_000));
  expect((await anybody.post('auth/activate', inTime)).status).toBe(200);
  setClock(new Date(now + 72 * HOUR_MS + 60_000));
  expectInvalidLink(await anybody.post('auth/activate', late));
});

test('tokens of other purposes do not activate, and an activation token does nothing else', async () => {
  await register('purpose@example.org');
  const { uid, token } = await linkMailedTo('purpose@example.org');
  const { id: other } = await app.app
    .get(UsersService)
    .create({ email: 'other.purpose@example.org', passwordHash: '' });
  for (const user of [uid, other]) {
    const reset = await app.app.get(MailTokensService).issue(user, 'password-reset');
    expectInvalidLink(await anybody.post('auth/activate', { uid: user, token: reset }));
  }
  const asBearer = await new Client(app.origin, token).get('auth/me');
  expect([asBearer.status, asBearer.body.code]).toEqual([401, 'auth.invalid_token']);
  const asRefresh = await anybody.post('auth/refresh', { refresh_token: token });
  expect([asRefresh.status, asRefresh.body.code]).toEqual([401, 'auth.invalid_token']);
  expect((await anybody.post('auth/activate', { uid, token })).status).toBe(200);
});

test('the database holds no token that could be used', async () => {
  await register('hashed@example.org');
  const { token } = await linkMailedTo('hashed@example.org');
  const rows = await app.app.get(DataSource).query<object[]>('SELECT * FROM mail_tokens');
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(token);
});

test('an account that is not activated cannot sign in, and only its owner learns why', async () => {
  await register('idle@example.org');
  expectNotActivated(await login({ email: 'idle@example.org' }));
  const guessed = await login({ email: 'idle@example.org' }, OTHER_PASSWORD);
  expect([guessed.status, guessed.body.code]).toEqual([401, 'auth.invalid_credentials']);
});

test('a wrong password and an unknown account are answered alike', async () => {
  await signUp(app, 'guarded@example.org');
  const answers = await Promise.all([
    login({ email: 'guarded@example.org' }, OTHER_PASSWORD),
    login({ email: 'no.such.account@example.org' }),
    login({ username: 'no-such-name' }),
  ]);
  const [first, ...others] = answers.map(({ status, body }) => {
    const { request_id: id, ...rest } = body;
    expect(id).toEqual(expect.any(String));
    return { status, ...rest };
  });
  expect(first).toMatchObject({ status: 401, code: 'auth.invalid_credentials' });
  for (const other of others) expect(other).toEqual(first);
});

test('login asks for exactly one of e-mail and username', async () => {
  const who = { email: 'ada@example.org', username: 'ada' };
  for (const body of [who, {}]) {
    const { status, body: problem } = await login(body);
    expect([status, problem.errors?.[0]?.field]).toEqual([400, 'email']);
  }
});

function register(email: string, fields: object = {}): Promise<Answer> {
  return anybody.post('auth/register', { email, password: PASSWORD, ...fields });
}

function login(who: object, password = PASSWORD): Promise<Answer> {
  return anybody.post('auth/login', { ...who, password });
}

async function activate(email: string): Promise<void> {
  await anybody.post('auth/activate', await linkMailedTo(email));
}

/** What the link in the address's n-th mail says. */
async function linkMailedTo(email: string, nth = 1): Promise<{ uid: string; token: string }> {
  const mail = await until(async () => (await mailsTo(app.dataDir, email))[nth - 1], {
    what: `mail ${nth} to ${email}`,
  });
  const link = new URL(/http\S+/.exec(mail.text ?? '')?.[0] ?? '');
  expect(link.origin + link.pathname).toBe(`${app.config.appUrl}/activate`);
  return { uid: link.searchParams.get('uid') ?? '', token: link.searchParams.get('token') ?? '' };
}

function expectInvalidLink({ status, body }: Answer): void {
  expect([status, body.code]).toEqual([400, 'auth.invalid_link']);
}

function expectNotActivated({ status, body }: Answer): void {
  expect([status, body.code]).toEqual([403, 'auth.not_activated']);
}
