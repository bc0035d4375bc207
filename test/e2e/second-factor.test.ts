import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { DataSource } from 'typeorm';
import { SecondFactorSetupService } from '../../src/auth/second-factor/second-factor-setup.service.js';
import { SecondFactorService } from '../../src/auth/second-factor/second-factor.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';
import { stopClock } from '../support/clock.js';
import { CookieClient } from '../support/cookie-client.js';
import { until } from '../support/until.js';

const STEP_MS = 30_000;
const RECOVERY_CODE = /^[0-9a-z]{5}-[0-9a-z]{5}$/;

let app: TestApp;
let anybody: Client;
let database: DataSource;
let people = 0;

/** Somebody with an authenticator, which shows the codes of the clock's time. */
interface Person {
  email: string;
  id: string;
  client: Client;
  code: (offsetSteps?: number) => string;
  recoveryCodes: string[];
}

beforeAll(async () => {
  app = await startApp({ LOGINS_PER_MINUTE: '100000' });
  anybody = new Client(app.origin);
  database = app.app.get(DataSource);
});
afterAll(() => app.close());
beforeEach(stopClock);
afterEach(() => {
  jest.useRealTimers();
});

describe('setting up an authenticator', () => {
  test('begins with the password, and counts from its first code on', async () => {
    const { client, email } = await newcomer();
    expect((await client.get('auth/2fa')).body).toEqual({
      enabled: false,
      confirmed_at: null,
      recovery_codes_left: 0,
      passkeys: 0,
      required: false,
      missing: false,
    });
    expectCode(await client.post('auth/2fa/totp', { password: 'x' }), 403, 'auth.wrong_password');

    const { status, body } = await client.post('auth/2fa/totp', { password: PASSWORD });
    expect(status).toBe(200);
    expect(Secret.fromBase32(body.secret).bytes).toHaveLength(20);
    expect(body.otpauth_url).toBe(
      `otpauth://totp/Videoflix:${encodeURIComponent(email)}?issuer=Videoflix&secret=${body.secret}` +
        '&algorithm=SHA1&digits=6&period=30',
    );
    expect(body.qr_svg).toMatch(/^<svg [^]*<\/svg>$/);
    expect((await client.get('auth/2fa')).body).toMatchObject({ enabled: false });
    expect((await login(email)).status).toBe(200);

    const totp = new TOTP({ secret: body.secret });
    const wrong = await client.post('auth/2fa/totp/confirm', { code: otherThan(totp.generate()) });
    expectCode(wrong, 401, 'auth.second_factor_invalid');
    const confirmed = await client.post('auth/2fa/totp/confirm', { code: totp.generate() });
    expect(confirmed.status).toBe(200);
    expect(new Set(confirmed.body.recovery_codes).size).toBe(10);
    for (const code of confirmed.body.recovery_codes) expect(code).toMatch(RECOVERY_CODE);
    expect((await client.get('auth/2fa')).body).toEqual({
      enabled: true,
      confirmed_at: new Date().toISOString(),
      recovery_codes_left: 10,
      passkeys: 0,
      required: false,
      missing: false,
    });
  });

  test('may be begun again until it is confirmed, and then the first secret is void', async () => {
    const { client } = await newcomer();
    const first = await client.post('auth/2fa/totp', { password: PASSWORD });
    const second = await client.post('auth/2fa/totp', { password: PASSWORD });
    const codeOf = ({ body }: Answer) => new TOTP({ secret: body.secret }).generate();
    const early = await client.post('auth/2fa/totp/confirm', { code: codeOf(first) });
    expectCode(early, 401, 'auth.second_factor_invalid');
    const late = await client.post('auth/2fa/totp/confirm', { code: codeOf(second) });
    expect(late.status).toBe(200);
    const again = await client.post('auth/2fa/totp', { password: PASSWORD });
    expectCode(again, 409, 'auth.second_factor_conflict');
    const twice = await client.post('auth/2fa/totp/confirm', { code: codeOf(second) });
    expectCode(twice, 409, 'auth.second_factor_conflict');
  });

  test('cannot be confirmed before it is begun', async () => {
    const { client } = await newcomer();
    const answer = await client.post('auth/2fa/totp/confirm', { code: '000000' });
    expectCode(answer, 409, 'auth.second_factor_conflict');
  });

  test('is confirmed once by two at once', async () => {
    const { client } = await newcomer();
    const { body } = await client.post('auth/2fa/totp', { password: PASSWORD });
    const code = new TOTP({ secret: body.secret }).generate();
    const confirm = () => client.post('auth/2fa/totp/confirm', { code });
    const answers = await Promise.all([confirm(), confirm(), confirm()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await client.get('auth/2fa')).body).toMatchObject({ recovery_codes_left: 10 });
  });

  test('locks whoever guesses, as wrong passwords do', async () => {
    const { client, email } = await newcomer();
    const { body } = await client.post('auth/2fa/totp', { password: PASSWORD });
    const code = new TOTP({ secret: body.secret }).generate();
    for (let guess = 0; guess < 5; guess++) {
      const answer = await client.post('auth/2fa/totp/confirm', { code: otherThan(code) });
      expectCode(answer, 401, 'auth.second_factor_invalid');
    }
    expectCode(await client.post('auth/2fa/totp/confirm', { code }), 429, 'auth.locked');
    expectCode(await login(email), 429, 'auth.locked');
  });

  test('tells the owner by mail, and the audit log', async () => {
    const { email, id, client } = await withAuthenticator();
    await mailTo(email, 'Two-factor sign-in was switched on.');
    await remove(client);
    await mailTo(email, 'Two-factor sign-in was switched off.');
    expect(await actionsOf(id)).toEqual(
      expect.arrayContaining(['second_factor.enabled', 'second_factor.disabled']),
    );
  });

  test('is not for demo guests, nor for whoever is not signed in', async () => {
    const { body } = await anybody.post('auth/demo');
    const guest = new Client(app.origin, body.access_token);
    for (const [method, url, sent] of [
      ['GET', 'auth/2fa'],
      ['POST', 'auth/2fa/totp', { password: PASSWORD }],
      ['POST', 'auth/2fa/totp/confirm', { code: '000000' }],
      ['DELETE', 'auth/2fa/totp', { password: PASSWORD }],
      ['POST', 'auth/2fa/recovery-codes', { password: PASSWORD }],
    ] as const) {
      expectCode(await guest.send(method, url, sent), 403, 'auth.forbidden');
      expectCode(await anybody.send(method, url, sent), 401, 'auth.required');
    }
  });

  test('needs the CSRF token where a cookie signs in', async () => {
    const { email } = await newcomer();
    const browser = new CookieClient(app.origin);
    await browser.post('auth/login', { email, password: PASSWORD });
    const body = { password: PASSWORD };
    expectCode(await browser.post('auth/2fa/totp', body), 403, 'auth.csrf');
    expect((await browser.post('auth/2fa/totp', body, browser.csrf)).status).toBe(200);
  });
});

describe('signing in with an authenticator', () => {
  test('asks for the code once the password is right', async () => {
    const { email, code } = await withAuthenticator();
    expectCode(await login(email), 401, 'auth.second_factor_required');
    const wrongPassword = { email, password: 'wrong', code: code() };
    expectCode(await anybody.post('auth/login', wrongPassword), 401, 'auth.invalid_credentials');
    expectCode(await login(email, otherThan(code())), 401, 'auth.second_factor_invalid');
    const { status, body } = await login(email, code());
    expect(status).toBe(200);
    expect(body).toMatchObject({ user: { email }, token_type: 'Bearer' });
  });

  test('asks clients without cookies, too', async () => {
    const { email, code } = await withAuthenticator();
    const body = { email, password: PASSWORD };
    expectCode(await anybody.post('auth/token', body), 401, 'auth.second_factor_required');
    expect((await anybody.post('auth/token', { ...body, code: code() })).status).toBe(200);
  });

  test('takes a code once, and none that is older', async () => {
    const { email, code } = await withAuthenticator();
    const used = code();
    expect((await login(email, used)).status).toBe(200);
    expectCode(await login(email, used), 401, 'auth.second_factor_invalid');
    expectCode(await login(email, code(-1)), 401, 'auth.second_factor_invalid');
    expect((await login(email, code(1))).status).toBe(200);
  });

  test('does not take the code that has switched it on', async () => {
    const { email, code } = await withAuthenticator(0);
    expectCode(await login(email, code()), 401, 'auth.second_factor_invalid');
  });

  test('takes a code once from many at once', async () => {
    const { email, code } = await withAuthenticator();
    const answers = await Promise.all([1, 2, 3, 4].map(() => login(email, code())));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  test.each([
    [-2, 401],
    [-1, 200],
    [1, 200],
    [2, 401],
  ])('forgives a clock that is %i steps off with %i', async (offset, status) => {
    const { email, code } = await withAuthenticator(3);
    expect((await login(email, code(offset))).status).toBe(status);
  });

  test('forgives a space in the middle', async () => {
    const { email, code } = await withAuthenticator();
    expect((await login(email, code().replace(/^.../, '$& '))).status).toBe(200);
  });

  test('locks after five wrong codes, as after five wrong passwords', async () => {
    const { email, code } = await withAuthenticator();
    for (let guess = 0; guess < 5; guess++) {
      expectCode(await login(email, otherThan(code())), 401, 'auth.second_factor_invalid');
    }
    const answer = await login(email, code());
    expectCode(answer, 429, 'auth.locked');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('does not count who has yet to be asked for the code', async () => {
    const { email, code } = await withAuthenticator();
    for (let visit = 0; visit < 6; visit++) {
      expectCode(await login(email), 401, 'auth.second_factor_required');
    }
    expect((await login(email, code())).status).toBe(200);
  });

  test('fails with a code, not on our side, where the secret can no longer be read', async () => {
    const { email, id, code } = await withAuthenticator();
    await database.query(`UPDATE totp_credentials SET sealed_secret = '\\x00' WHERE user_id = $1`, [
      id,
    ]);
    expectCode(await login(email, code()), 401, 'auth.second_factor_invalid');
  });

  test('no code makes the server fail', async () => {
    const { email, id, client } = await withAuthenticator();
    const users = app.app.get(UsersService);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{6}$/)),
        async (code) => {
          await users.forgetFailures(id);
          const answers = [
            await login(email, code),
            await client.post('auth/2fa/totp/confirm', { code }),
          ];
          for (const { status } of answers) expect([400, 401, 409]).toContain(status);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('a recovery code', () => {
  test('replaces the authenticator once, however it is written', async () => {
    const { email, id, client, recoveryCodes } = await withAuthenticator();
    const [first = '', second = ''] = recoveryCodes;
    expect((await login(email, first)).status).toBe(200);
    expectCode(await login(email, first), 401, 'auth.second_factor_invalid');
    expect((await login(email, second.toUpperCase().replace('-', ''))).status).toBe(200);
    expect((await client.get('auth/2fa')).body).toMatchObject({ recovery_codes_left: 8 });
    await mailTo(email, 'A recovery code was used to sign in; you have 8 left.');
    expect(await actionsOf(id)).toContain('second_factor.recovery_code_used');
  });

  test('is used up by one of many at once', async () => {
    const { email, recoveryCodes } = await withAuthenticator();
    const answers = await Promise.all([1, 2, 3, 4].map(() => login(email, recoveryCodes[0])));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401, 401]);
  });

  test("is nobody else's", async () => {
    const { recoveryCodes } = await withAuthenticator();
    const { email } = await withAuthenticator();
    expectCode(await login(email, recoveryCodes[0]), 401, 'auth.second_factor_invalid');
  });

  test('is void once there are new ones', async () => {
    const { email, client, recoveryCodes } = await withAuthenticator();
    const wrong = await client.post('auth/2fa/recovery-codes', { password: 'x' });
    expectCode(wrong, 403, 'auth.wrong_password');
    const { status, body } = await client.post('auth/2fa/recovery-codes', { password: PASSWORD });
    expect(status).toBe(200);
    expect(body.recovery_codes).toHaveLength(10);
    expectCode(await login(email, recoveryCodes[0]), 401, 'auth.second_factor_invalid');
    expect((await login(email, body.recovery_codes[0])).status).toBe(200);
    expect((await client.get('auth/2fa')).body).toMatchObject({ recovery_codes_left: 9 });
  });

  test('exists ten times, also after many renewals at once', async () => {
    const { client, id } = await withAuthenticator();
    const setup = app.app.get(SecondFactorSetupService);
    const origin = { address: '192.0.2.1', userAgent: 'curl/8.5.0' };
    await Promise.all(Array.from({ length: 8 }, () => setup.renewRecoveryCodes({ id, origin })));
    expect((await client.get('auth/2fa')).body).toMatchObject({ recovery_codes_left: 10 });
  });

  test('cannot be had without an authenticator', async () => {
    const { client } = await newcomer();
    const answer = await client.post('auth/2fa/recovery-codes', { password: PASSWORD });
    expectCode(answer, 409, 'auth.second_factor_conflict');
  });
});

describe('switching it off', () => {
  test('takes the password, and everything goes', async () => {
    const { email, id, client } = await withAuthenticator();
    const wrong = await client.send('DELETE', 'auth/2fa/totp', { password: 'x' });
    expectCode(wrong, 403, 'auth.wrong_password');
    expectCode(await login(email), 401, 'auth.second_factor_required');
    expect((await remove(client)).status).toBe(204);
    expect((await login(email)).status).toBe(200);
    for (const table of ['totp_credentials', 'recovery_codes']) {
      expect(await rowsOf(table, id)).toEqual([]);
    }
    expect((await remove(client)).status).toBe(204);
    expect((await client.post('auth/2fa/totp', { password: PASSWORD })).status).toBe(200);
  });

  test('is also for staff to do, for who has lost everything', async () => {
    const { email, id } = await withAuthenticator();
    const secondFactor = app.app.get(SecondFactorService);
    await secondFactor.reset(id);
    expect((await login(email)).status).toBe(200);
    await mailTo(email, 'Two-factor sign-in was switched off and all passkeys were removed.');
    await secondFactor.reset(id);
    const told = (await actionsOf(id)).filter((action) => action === 'second_factor.disabled');
    expect(told).toHaveLength(1);
  });
});

test('the database holds no secret and no code that could be read', async () => {
  const { client, email, id } = await newcomer();
  const { body } = await client.post('auth/2fa/totp', { password: PASSWORD });
  const code = new TOTP({ secret: body.secret }).generate();
  const confirmed = await client.post('auth/2fa/totp/confirm', { code });
  await login(email, confirmed.body.recovery_codes[0]);
  const secret = Buffer.from(Secret.fromBase32(body.secret).bytes);
  const forbidden = [
    body.secret,
    secret.toString('hex'),
    Buffer.from(body.secret).toString('hex'),
    ...confirmed.body.recovery_codes.flatMap((text: string) => [
      text,
      text.replace('-', ''),
      Buffer.from(text).toString('hex'),
      Buffer.from(text.replace('-', '')).toString('hex'),
    ]),
  ];
  const tables = await database.query<{ name: string }[]>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'`,
  );
  expect(tables.map(({ name }) => name)).toContain('totp_credentials');
  for (const { name } of tables) {
    const rows = await database.query<{ text: string }[]>(
      `SELECT t::text AS text FROM "${name}" t`,
    );
    const all = rows.map(({ text }) => text).join('\n');
    for (const text of forbidden) expect([name, all.includes(text)]).toEqual([name, false]);
  }
  expect(await rowsOf('recovery_codes', id)).toHaveLength(9);
});

describe('where staff must have a second factor', () => {
  let strict: TestApp;

  beforeAll(async () => {
    strict = await startApp({ STAFF_2FA: 'required', LOGINS_PER_MINUTE: '100000' });
  });
  afterAll(() => strict.close());

  test('they reach nothing but its set-up before they have one', async () => {
    const client = await signUp(strict, 'staff@example.org');
    const { body: me } = await client.get('auth/me');
    expect((await client.get('videos')).status).toBe(200);
    await strict.app.get(UsersService).update(me.user.id, { role: 'staff' });

    expectCode(await client.get('videos'), 403, 'auth.second_factor_setup_required');
    const change = { old_password: PASSWORD, new_password: 'another long sentence of mine' };
    const changed = await client.post('auth/password/change', change);
    expectCode(changed, 403, 'auth.second_factor_setup_required');
    expect((await client.get('auth/me')).status).toBe(200);
    expect((await client.get('auth/2fa')).body).toMatchObject({ enabled: false, required: true });
    expect((await client.get('auth/passkeys')).status).toBe(200);

    await setUp(client);
    expect((await client.get('videos')).status).toBe(200);
    expect((await client.get('auth/2fa')).body).toMatchObject({ enabled: true, required: true });

    expect((await remove(client)).status).toBe(204);
    expectCode(await client.get('videos'), 403, 'auth.second_factor_setup_required');
    expect((await client.post('auth/logout')).status).toBe(200);
  });

  test('others need not', async () => {
    const client = await signUp(strict, 'viewer@example.org');
    expect((await client.get('videos')).status).toBe(200);
    expect((await client.get('auth/2fa')).body).toMatchObject({ required: false });
  });
});

async function newcomer(): Promise<Pick<Person, 'email' | 'id' | 'client'>> {
  people += 1;
  const email = `person-${people}@example.org`;
  const client = await signUp(app, email);
  const { body } = await client.get('auth/me');
  return { email, id: body.user.id, client };
}

/** @param rest time steps to let pass after the set-up, so that there is a code that was not used */
async function withAuthenticator(rest = 1): Promise<Person> {
  const person = await newcomer();
  const { totp, recoveryCodes } = await setUp(person.client);
  jest.setSystemTime(Date.now() + rest * STEP_MS);
  const code = (offset = 0) => totp.generate({ timestamp: Date.now() + offset * STEP_MS });
  return { ...person, code, recoveryCodes };
}

async function setUp(client: Client): Promise<{ totp: TOTP; recoveryCodes: string[] }> {
  const { body } = await client.post('auth/2fa/totp', { password: PASSWORD });
  const totp = new TOTP({ secret: body.secret });
  const confirmed = await client.post('auth/2fa/totp/confirm', { code: totp.generate() });
  expect(confirmed.status).toBe(200);
  return { totp, recoveryCodes: confirmed.body.recovery_codes };
}

function login(email: string, code?: string): Promise<Answer> {
  return anybody.post('auth/login', { email, password: PASSWORD, code });
}

function remove(client: Client): Promise<Answer> {
  return client.send('DELETE', 'auth/2fa/totp', { password: PASSWORD });
}

/** A code that is as good as certainly none of the three that are good now. */
function otherThan(code: string): string {
  return String((Number(code) + 500_000) % 1_000_000).padStart(6, '0');
}

async function mailTo(email: string, sentence: string): Promise<void> {
  await until(
    async () => (await mailsTo(app.dataDir, email)).find(({ text }) => text?.includes(sentence)),
    { what: `a mail that says ${sentence}` },
  );
}

async function actionsOf(userId: string): Promise<string[]> {
  const rows = await database.query<{ action: string }[]>(
    'SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY id',
    [userId],
  );
  return rows.map(({ action }) => action);
}

function rowsOf(table: string, userId: string): Promise<unknown[]> {
  return database.query<unknown[]>(`SELECT * FROM ${table} WHERE user_id = $1`, [userId]);
}

function expectCode({ status, body }: Answer, expected: number, code: string): void {
  expect([status, body.code]).toEqual([expected, code]);
}
