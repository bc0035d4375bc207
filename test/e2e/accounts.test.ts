import { DataSource } from 'typeorm';
import { ActivationLinksService } from '../../src/auth/mail-links/activation-links.service.js';
import { MailTokensService } from '../../src/auth/mail-links/mail-tokens.service.js';
import { PasswordsService } from '../../src/auth/passwords/passwords.service.js';
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

test.each(['ΝΙΚΟΣ', 'İlker', 'Ölçer'])(
  'the username %s signs in as it is written',
  async (username) => {
    const email = `${Buffer.from(username).toString('hex')}@example.org`;
    await register(email, { username });
    await activate(email);
    for (const typed of [username, ` ${username} `]) {
      expect((await login({ username: typed })).body.user).toMatchObject({ email, username });
    }
  },
);

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
  await activate('first@example.org');
  await register('second@example.org');
  const answers = await Promise.all(
    ['has.account@example.org', 'second@example.org', 'nobody@example.org'].map((email) =>
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

test('a username is taken by whoever activates it first, and reserved by nobody', async () => {
  for (const email of ['slow@example.org', 'quick@example.org']) {
    expect((await register(email, { username: 'runner' })).status).toBe(201);
    await linkMailedTo(email);
  }
  expect((await register('slow@example.org', { username: 'runner' })).status).toBe(201);
  expect((await login({ username: 'runner' })).body.code).toBe('auth.invalid_credentials');
  await activate('quick@example.org');
  expect((await login({ username: 'Runner' })).body.user.email).toBe('quick@example.org');
  await anybody.post('auth/activate', await linkMailedTo('slow@example.org', 2));
  expect((await login({ email: 'slow@example.org' })).body.user.username).toBeNull();
});

test('of several who activate the same username at once one has it', async () => {
  const emails = [1, 2, 3, 4].map((n) => `rival${n}@example.org`);
  for (const email of emails) await register(email, { username: 'rival' });
  await Promise.all(emails.map(activate));
  const answers = await Promise.all(emails.map((email) => login({ email })));
  const names = answers.map(({ body }) => body.user.username as string | null);
  expect(names.filter((name) => name === 'rival')).toHaveLength(1);
  expect(names.filter((name) => name === null)).toHaveLength(3);
});

test('a link activates what was chosen in its own registration, and voids those mailed before', async () => {
  await register('twice@example.org', { username: 'owner' });
  const mine = await linkMailedTo('twice@example.org');
  await register('twice@example.org', { password: OTHER_PASSWORD, username: 'thief' });
  const theirs = await linkMailedTo('twice@example.org', 2);
  const [first, second] = await mailsTo(app.dataDir, 'twice@example.org');
  expect(first?.text).not.toContain('more than once');
  expect(second?.text).toContain('registered more than once');
  expectInvalidLink(await anybody.post('auth/activate', mine));
  await register('twice@example.org', { username: 'owner' });
  const mineAgain = await linkMailedTo('twice@example.org', 3);
  expectInvalidLink(await anybody.post('auth/activate', theirs));
  expect((await anybody.post('auth/activate', mineAgain)).status).toBe(200);
  expect((await login({ username: 'owner' })).status).toBe(200);
  for (const who of [{ email: 'twice@example.org' }, { username: 'thief' }]) {
    expect((await login(who, OTHER_PASSWORD)).status).toBe(401);
  }
});

test('a link that is on its way activates nothing that somebody else registers meanwhile', async () => {
  await register('early@example.org');
  const mine = await linkMailedTo('early@example.org');
  const links = app.app.get(ActivationLinksService, { strict: false });
  const passwordHash = await app.app.get(PasswordsService, { strict: false }).hash(OTHER_PASSWORD);
  await links.register('early@example.org', { username: null, passwordHash });
  expect((await anybody.post('auth/activate', mine)).status).toBe(200);
  expect((await login({ email: 'early@example.org' })).status).toBe(200);
  expect((await login({ email: 'early@example.org' }, OTHER_PASSWORD)).status).toBe(401);
});

test('registrations at the same moment get a link each', async () => {
  const passwords = ['a first long sentence', 'a second long sentence'];
  await Promise.all(passwords.map((password) => register('both@example.org', { password })));
  const links = [await linkMailedTo('both@example.org'), await linkMailedTo('both@example.org', 2)];
  const [{ count }] = await app.app.get(DataSource).query<[{ count: number }]>(
    `SELECT count(mailed_at)::integer AS count FROM mail_tokens JOIN users ON users.id = user_id
       WHERE email = 'both@example.org'`,
  );
  expect(count).toBe(1);
  const outcomes = await Promise.all(links.map((link) => anybody.post('auth/activate', link)));
  expect(outcomes.map(({ status }) => status).sort()).toEqual([200, 400]);
  const answers = await Promise.all(
    passwords.map((password) => login({ email: 'both@example.org' }, password)),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
});

test('another link is mailed even when the one of the registration has expired and is gone', async () => {
  await register('patient@example.org');
  const { uid } = await linkMailedTo('patient@example.org');
  await app.app.get(DataSource).query('DELETE FROM mail_tokens WHERE user_id = $1', [uid]);
  await anybody.post('auth/activation/resend', { email: 'patient@example.org' });
  const link = await linkMailedTo('patient@example.org', 2);
  expect((await anybody.post('auth/activate', link)).status).toBe(200);
  expect((await login({ email: 'patient@example.org' })).status).toBe(200);
});

test('nothing is kept of a registration with a known address, once its owner is told', async () => {
  await signUp(app, 'tidy@example.org');
  await register('tidy@example.org', { password: OTHER_PASSWORD });
  await until(async () => (await mailsTo(app.dataDir, 'tidy@example.org'))[1]);
  const rows = await app.app
    .get(DataSource)
    .query<object[]>(
      `SELECT 1 FROM mail_tokens JOIN users ON users.id = user_id WHERE email = 'tidy@example.org'`,
    );
  expect(rows).toEqual([]);
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
  expect((await login({ email: 'theirs@example.org' })).status).toBe(401);
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

test('registering and signing in tells nobody whether an address was known', async () => {
  await signUp(app, 'resident@example.org');
  const answers: unknown[] = [];
  for (const email of ['resident@example.org', 'newcomer@example.org']) {
    await register(email, { password: OTHER_PASSWORD });
    for (let failure = 1; failure <= 6; failure++) {
      const { status, headers, body } = await login({ email }, OTHER_PASSWORD);
      const { request_id: id, ...problem } = body;
      expect(id).toEqual(expect.any(String));
      answers.push([email, status, headers.has('retry-after'), problem]);
    }
  }
  const without = (part: unknown[]) => part.map((answer) => (answer as unknown[]).slice(1));
  expect(without(answers.slice(6))).toEqual(without(answers.slice(0, 6)));
  expect(answers.slice(0, 6).map((answer) => (answer as unknown[])[1])).toEqual([
    ...Array.from({ length: 5 }, () => 401),
    429,
  ]);
  expect(answers[0]).toMatchObject([
    'resident@example.org',
    401,
    false,
    { code: 'auth.invalid_credentials', detail: expect.stringContaining('activated') },
  ]);
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
