import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { TOTP } from 'otpauth';
import type { Browser } from 'playwright-core';
import { DataSource } from 'typeorm';
import { SecondFactorService } from '../../src/auth/second-factor/second-factor.service.js';
import { UsersService } from '../../src/users/users.service.js';
import { mailsTo, startApp, type TestApp } from '../support/app.js';
import { launchBrowser } from '../support/browser.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { CookieClient } from '../support/cookie-client.js';
import { PasskeyDevice } from '../support/passkey-device.js';
import { until } from '../support/until.js';

/** Nobody listens there: the browser is given an empty page, and the API is asked by this test. */
const ORIGIN = 'http://localhost:4999';
const OTHER_ORIGIN = 'http://localhost:5999';

type Json = Answer['body'];

let app: TestApp;
let anybody: Client;
let browser: Browser;
let device: PasskeyDevice;
let people = 0;

beforeAll(async () => {
  app = await startApp({
    APP_URL: ORIGIN,
    STAFF_2FA: 'required',
    LOGINS_PER_MINUTE: '100000',
  });
  anybody = new Client(app.origin);
  browser = await launchBrowser();
  device = await PasskeyDevice.at(browser, ORIGIN);
});
afterAll(async () => {
  await browser.close();
  await app.close();
});
afterEach(() => {
  jest.useRealTimers();
});

beforeEach(() => device.clear());

describe('adding a passkey', () => {
  test('takes the password and a browser, and is told to the owner', async () => {
    const { client, email, id } = await newcomer();
    expectCode(
      await client.post('auth/passkeys/options', { password: 'x' }),
      403,
      'auth.wrong_password',
    );
    const { status, body } = await client.post('auth/passkeys/options', { password: PASSWORD });
    expect(status).toBe(200);
    expect(body.options).toMatchObject({
      rp: { id: 'localhost', name: 'Videoflix' },
      user: { name: email },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    const response = await device.create(body.options);
    const added = await client.post('auth/passkeys', {
      challenge_id: body.challenge_id,
      name: ' Laptop ',
      response,
    });
    expect(added.status).toBe(201);
    expect(added.body).toEqual({
      id: expect.any(String),
      name: 'Laptop',
      is_synced: false,
      created_at: expect.any(String),
      last_used_at: null,
    });
    expect((await client.get('auth/passkeys')).body).toEqual({ passkeys: [added.body] });
    expect((await client.get('auth/2fa')).body).toMatchObject({ enabled: false, passkeys: 1 });
    await mailTo(email, 'The passkey “Laptop” was added.');
    expect(await actionsOf(id)).toContain('passkey.added');
  });

  test('answers a challenge once', async () => {
    const { client } = await newcomer();
    const creation = await createdBy(client);
    expect((await client.post('auth/passkeys', creation)).status).toBe(201);
    expectCode(await client.post('auth/passkeys', creation), 401, 'auth.passkey_invalid');
  });

  test('answers within five minutes', async () => {
    const { client } = await newcomer();
    const creation = await createdBy(client);
    setClock(new Date(Date.now() + 5 * 60_000 + 1000));
    expectCode(await client.post('auth/passkeys', creation), 401, 'auth.passkey_invalid');
  });

  test("answers nobody else's challenge, and no other", async () => {
    const [ada, bob] = [await newcomer(), await newcomer()];
    const creation = await createdBy(ada.client);
    expectCode(await bob.client.post('auth/passkeys', creation), 401, 'auth.passkey_invalid');
    const { body: another } = await ada.client.post('auth/passkeys/options', {
      password: PASSWORD,
    });
    const { body: signIn } = await anybody.post('auth/passkeys/login/options');
    for (const { challenge_id } of [another, signIn]) {
      const mixed = { ...creation, challenge_id };
      expectCode(await ada.client.post('auth/passkeys', mixed), 401, 'auth.passkey_invalid');
    }
    expect((await ada.client.post('auth/passkeys', creation)).status).toBe(201);
  });

  test('is done on a page of ours', async () => {
    const { client } = await newcomer();
    const elsewhere = await PasskeyDevice.at(browser, OTHER_ORIGIN);
    const creation = await createdBy(client, elsewhere);
    expectCode(await client.post('auth/passkeys', creation), 401, 'auth.passkey_invalid');
  });

  test('asks the person, not only the device', async () => {
    const { client } = await newcomer();
    const { body } = await client.post('auth/passkeys/options', { password: PASSWORD });
    const careless = await PasskeyDevice.at(browser, ORIGIN, false);
    const response = await careless.create({
      ...body.options,
      authenticatorSelection: { residentKey: 'required', userVerification: 'discouraged' },
    });
    const { challenge_id } = body;
    const answer = await client.post('auth/passkeys', { challenge_id, name: 'Laptop', response });
    expectCode(answer, 401, 'auth.passkey_invalid');
  });

  test('brings no certificates', async () => {
    const { client } = await newcomer();
    const { body } = await client.post('auth/passkeys/options', { password: PASSWORD });
    const response = await device.create({ ...body.options, attestation: 'direct' });
    expect(Buffer.from(response.response.attestationObject, 'base64url').includes('x5c')).toBe(
      true,
    );
    const { challenge_id } = body;
    const answer = await client.post('auth/passkeys', { challenge_id, name: 'Laptop', response });
    expectCode(answer, 401, 'auth.passkey_invalid');
  });

  test('is about the credential that it names', async () => {
    const { client } = await newcomer();
    const creation = await createdBy(client);
    const answer = await client.post('auth/passkeys', naming(creation, 'AAAA'));
    expectCode(answer, 401, 'auth.passkey_invalid');
  });

  test('twice on one device is what the browser is told to refuse', async () => {
    const { client } = await newcomer();
    await addPasskey(client);
    const { body } = await client.post('auth/passkeys/options', { password: PASSWORD });
    expect(body.options.excludeCredentials).toHaveLength(1);
    await expect(device.create(body.options)).rejects.toThrow('InvalidStateError');
  });

  test('is refused for a credential that somebody has already', async () => {
    const [ada, bob] = [await newcomer(), await newcomer()];
    const creation = await createdBy(ada.client);
    await ada.client.post('auth/passkeys', creation);
    const { body } = await bob.client.post('auth/passkeys/options', { password: PASSWORD });
    const answer = await bob.client.post('auth/passkeys', {
      ...creation,
      challenge_id: body.challenge_id,
      response: withClientData(creation.response, { challenge: body.options.challenge }),
    });
    expectCode(answer, 401, 'auth.passkey_invalid');
    expect((await bob.client.get('auth/passkeys')).body).toEqual({ passkeys: [] });
  });

  test('ends at twenty', async () => {
    const { client, id } = await newcomer();
    const creation = await createdBy(client);
    await app.app.get(DataSource).query(
      `INSERT INTO passkeys (user_id, credential_id, public_key, counter, name)
       SELECT $1::uuid, $1::text || n, '', 0, 'Key ' || n FROM generate_series(1, 20) n`,
      [id],
    );
    for (const answer of [
      await client.post('auth/passkeys/options', { password: PASSWORD }),
      await client.post('auth/passkeys', creation),
    ]) {
      expectCode(answer, 409, 'auth.second_factor_conflict');
    }
  });

  test('is not for demo guests, nor for whoever is not signed in', async () => {
    const { body } = await anybody.post('auth/demo');
    const guest = new Client(app.origin, body.access_token);
    const { client } = await newcomer();
    const creation = await createdBy(client);
    for (const [method, url, sent] of [
      ['GET', 'auth/passkeys'],
      ['POST', 'auth/passkeys/options', { password: PASSWORD }],
      ['POST', 'auth/passkeys', creation],
      ['DELETE', `auth/passkeys/${creation.challenge_id}`, { password: PASSWORD }],
    ] as const) {
      expectCode(await guest.send(method, url, sent), 403, 'auth.forbidden');
      expectCode(await anybody.send(method, url, sent), 401, 'auth.required');
    }
  });

  test.each(['', '   ', 'two\nlines', 'nul\0', 'x'.repeat(61)])(
    'needs a name of one line: not %j',
    async (name) => {
      const { client } = await newcomer();
      const creation = await createdBy(client);
      const answer = await client.post('auth/passkeys', { ...creation, name });
      expectCode(answer, 400, 'request.invalid');
      expect(answer.body.errors[0].field).toBe('name');
    },
  );
});

describe('signing in with a passkey', () => {
  test('opens a session with cookies, without a password, a name or a code', async () => {
    const { client, email, id } = await newcomer();
    await addPasskey(client);
    const { body: setup } = await client.post('auth/2fa/totp', { password: PASSWORD });
    const code = new TOTP({ secret: setup.secret }).generate();
    expect((await client.post('auth/2fa/totp/confirm', { code })).status).toBe(200);

    const visitor = new CookieClient(app.origin);
    const { body } = await visitor.post('auth/passkeys/login/options');
    expect(body.options).toMatchObject({ rpId: 'localhost', userVerification: 'required' });
    expect(body.options).not.toHaveProperty('allowCredentials');
    const answer = await visitor.post('auth/passkeys/login', {
      challenge_id: body.challenge_id,
      response: await device.get(body.options),
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      user: expect.objectContaining({ email }),
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 1800,
    });
    expect((await visitor.get('auth/me')).body.user.email).toBe(email);
    const { passkeys } = (await client.get('auth/passkeys')).body;
    expect(Date.parse(passkeys[0].last_used_at)).toBeGreaterThan(0);
    const details = await app.app
      .get(DataSource)
      .query<unknown[]>(
        `SELECT details FROM audit_events WHERE action = 'sign_in.succeeded' AND actor_id = $1 ORDER BY id DESC`,
        [id],
      );
    expect(details[0]).toEqual({ details: { method: 'passkey' } });
  });

  test('answers a challenge once, also when two come at once', async () => {
    await addPasskey((await newcomer()).client);
    const login = await signature();
    const answers = await Promise.all(
      [1, 2, 3].map(() => anybody.post('auth/passkeys/login', login)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expectCode(await anybody.post('auth/passkeys/login', login), 401, 'auth.passkey_invalid');
  });

  test('answers within five minutes, and its own challenge', async () => {
    await addPasskey((await newcomer()).client);
    const login = await signature();
    const { body: another } = await anybody.post('auth/passkeys/login/options');
    const mixed = { ...login, challenge_id: another.challenge_id };
    expectCode(await anybody.post('auth/passkeys/login', mixed), 401, 'auth.passkey_invalid');
    setClock(new Date(Date.now() + 5 * 60_000 + 1000));
    expectCode(await anybody.post('auth/passkeys/login', login), 401, 'auth.passkey_invalid');
  });

  test('cannot be answered with a challenge that adds a passkey', async () => {
    const { client } = await newcomer();
    await addPasskey(client);
    const { body } = await client.post('auth/passkeys/options', { password: PASSWORD });
    const { challenge } = body.options;
    const response = await device.get({
      challenge,
      rpId: 'localhost',
      userVerification: 'required',
    });
    const { challenge_id } = body;
    const answer = await anybody.post('auth/passkeys/login', { challenge_id, response });
    expectCode(answer, 401, 'auth.passkey_invalid');
  });

  test('is done on a page of ours', async () => {
    await addPasskey((await newcomer()).client);
    const elsewhere = await PasskeyDevice.at(browser, OTHER_ORIGIN);
    await device.cloneTo(elsewhere);
    const login = await signature(elsewhere);
    expectCode(await anybody.post('auth/passkeys/login', login), 401, 'auth.passkey_invalid');
    const headers = { origin: OTHER_ORIGIN };
    const ours = await signature();
    expectCode(await anybody.post('auth/passkeys/login', ours, headers), 403, 'auth.csrf');
    expect((await anybody.post('auth/passkeys/login', ours, { origin: ORIGIN })).status).toBe(200);
  });

  test('asks the person, not only the device', async () => {
    const { client, id } = await newcomer();
    const { response: known } = await addPasskey(client);
    const careless = await PasskeyDevice.at(browser, ORIGIN, false);
    await device.cloneTo(careless);
    const { body } = await anybody.post('auth/passkeys/login/options');
    const response = await careless.get({
      ...body.options,
      userVerification: 'discouraged',
      allowCredentials: [{ id: known.id, type: 'public-key' }],
    });
    const login = { challenge_id: body.challenge_id, response };
    const answer = await anybody.post(
      'auth/passkeys/login',
      signedBy(login, { userHandle: base64url(id) }),
    );
    expectCode(answer, 401, 'auth.passkey_invalid');
  });

  test('notices a copy, whose counter stays behind', async () => {
    await addPasskey((await newcomer()).client);
    const copy = await PasskeyDevice.at(browser, ORIGIN);
    await device.cloneTo(copy);
    for (let use = 0; use < 2; use++) {
      expect((await anybody.post('auth/passkeys/login', await signature())).status).toBe(200);
    }
    const answer = await anybody.post('auth/passkeys/login', await signature(copy));
    expectCode(answer, 401, 'auth.passkey_invalid');
    expect((await anybody.post('auth/passkeys/login', await signature())).status).toBe(200);
  });

  test.each([
    ['the signature of something else', (login: Json) => signedBy(login, { signature: 'AAAA' })],
    ["somebody else's name", (login: Json) => signedBy(login, { userHandle: base64url('bob') })],
    ['no name', (login: Json) => signedBy(login, { userHandle: null })],
    ['another origin', (login: Json) => claiming(login, { origin: OTHER_ORIGIN })],
    ['another ceremony', (login: Json) => claiming(login, { type: 'webauthn.create' })],
    ['an unknown credential', (login: Json) => naming(login, 'AAAA')],
  ])('does not take a response with %s', async (_, change) => {
    await addPasskey((await newcomer()).client);
    const answer = await anybody.post('auth/passkeys/login', change(await signature()));
    expectCode(answer, 401, 'auth.passkey_invalid');
  });

  test("does not take a response in the name of somebody else's credential", async () => {
    const [ada, bob] = [await newcomer(), await newcomer()];
    const { response } = await addPasskey(ada.client);
    await device.clear();
    await addPasskey(bob.client);
    const login = signedBy(naming(await signature(), response.id), {
      userHandle: base64url(ada.id),
    });
    expectCode(await anybody.post('auth/passkeys/login', login), 401, 'auth.passkey_invalid');
  });

  test('is refused to accounts that are switched off, and recorded', async () => {
    const { client, id } = await newcomer();
    await addPasskey(client);
    await app.app.get(UsersService).update(id, { isActive: false });
    const answer = await anybody.post('auth/passkeys/login', await signature());
    expectCode(answer, 403, 'auth.deactivated');
    expect(await actionsOf(id)).toContain('sign_in.failed');
  });

  test('lets staff in where they must have a second factor, which their password does not', async () => {
    const { client, email, id } = await newcomer();
    await app.app.get(UsersService).update(id, { role: 'staff' });
    expectCode(await client.get('videos'), 403, 'auth.second_factor_setup_required');
    await addPasskey(client);
    expect((await client.get('auth/2fa')).body).toMatchObject({ required: true, passkeys: 1 });
    const byPassword = await anybody.post('auth/token', { email, password: PASSWORD });
    for (const one of [client, new Client(app.origin, byPassword.body.access_token)]) {
      expectCode(await one.get('videos'), 403, 'auth.second_factor_setup_required');
    }
    const byPasskey = await anybody.post('auth/passkeys/login', await signature());
    const staff = new Client(app.origin, byPasskey.body.access_token);
    expect((await staff.get('videos')).status).toBe(200);
    await app.app.get(SecondFactorService).reset(id);
    expectCode(await client.get('videos'), 403, 'auth.second_factor_setup_required');
    const answer = await anybody.post('auth/passkeys/login', await signature());
    expectCode(answer, 401, 'auth.passkey_invalid');
  });
});

describe('removing a passkey', () => {
  test('takes the password, and is told to the owner', async () => {
    const { client, email, id } = await newcomer();
    const { passkey } = await addPasskey(client);
    const url = `auth/passkeys/${passkey.id}`;
    const wrong = await client.send('DELETE', url, { password: 'x' });
    expectCode(wrong, 403, 'auth.wrong_password');
    expect((await client.send('DELETE', url, { password: PASSWORD })).status).toBe(204);
    const answer = await anybody.post('auth/passkeys/login', await signature());
    expectCode(answer, 401, 'auth.passkey_invalid');
    const again = await client.send('DELETE', url, { password: PASSWORD });
    expectCode(again, 404, 'passkey.not_found');
    await mailTo(email, 'The passkey “Laptop” was removed.');
    expect(await actionsOf(id)).toContain('passkey.removed');
  });

  test('is for its owner', async () => {
    const { passkey } = await addPasskey((await newcomer()).client);
    const { client } = await newcomer();
    const answer = await client.send('DELETE', `auth/passkeys/${passkey.id}`, {
      password: PASSWORD,
    });
    expectCode(answer, 404, 'passkey.not_found');
    expect((await anybody.post('auth/passkeys/login', await signature())).status).toBe(200);
  });
});

describe('no response makes the server fail', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => base64url(array));
  const anything = fc.oneof(bytes, fc.string({ unit: 'binary' }), fc.jsonValue());

  test('of no shape', async () => {
    const { client } = await newcomer();
    const shape = fc.oneof(
      fc.jsonValue(),
      fc.record({ id: anything, rawId: anything, type: anything, response: fc.object() }),
    );
    await fc.assert(
      fc.asyncProperty(shape, async (response) => {
        const { body } = await anybody.post('auth/passkeys/login/options');
        const { challenge_id } = body;
        const login = await anybody.post('auth/passkeys/login', { challenge_id, response });
        const added = await client.post('auth/passkeys', { challenge_id, name: 'x', response });
        for (const { status } of [login, added]) expect([400, 401]).toContain(status);
      }),
      { numRuns: 60 },
    );
  });

  test('at sign-in, with a known credential and the right challenge', async () => {
    const { client, id } = await newcomer();
    const { response: known } = await addPasskey(client);
    const relyingParty = createHash('sha256').update('localhost').digest();
    const authenticatorData = fc
      .tuple(fc.boolean(), fc.uint8Array({ maxLength: 120 }))
      .map(([ours, rest]) => base64url(Buffer.concat(ours ? [relyingParty, rest] : [rest])));
    await fc.assert(
      fc.asyncProperty(authenticatorData, bytes, anything, async (data, signature, extra) => {
        const { body } = await anybody.post('auth/passkeys/login/options');
        const { challenge } = body.options;
        const clientData = { type: 'webauthn.get', challenge, origin: ORIGIN, tokenBinding: extra };
        const answer = await anybody.post('auth/passkeys/login', {
          challenge_id: body.challenge_id,
          response: {
            ...naming({ response: { type: 'public-key' } }, known.id).response,
            response: {
              clientDataJSON: base64url(JSON.stringify(clientData)),
              authenticatorData: data || 'AA',
              signature: signature || 'AA',
              userHandle: base64url(id),
            },
          },
        });
        expectCode(answer, 401, 'auth.passkey_invalid');
      }),
      { numRuns: 100 },
    );
  });

  test('when one is added, with damage anywhere', async () => {
    const { client } = await newcomer();
    const { body } = await client.post('auth/passkeys/options', { password: PASSWORD });
    const response = await device.create(body.options);
    const whole = Buffer.from(response.response.attestationObject, 'base64url');
    const keep = (challenge: string) =>
      app.app.get(DataSource).query<{ id: string }[]>(
        `INSERT INTO passkey_challenges (id, user_id, challenge, expires_at)
         SELECT gen_random_uuid(), user_id, $1, expires_at FROM passkey_challenges WHERE id = $2
         RETURNING id`,
        [challenge, body.challenge_id],
      );
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: whole.length - 1 }),
        fc.uint8Array({ minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (position, damage, isCut) => {
          const damaged = Buffer.from(whole);
          Buffer.from(damage).copy(damaged, position);
          const attestationObject = base64url(isCut ? damaged.subarray(0, position + 1) : damaged);
          const [kept] = await keep(body.options.challenge);
          const answer = await client.post('auth/passkeys', {
            challenge_id: kept?.id,
            name: 'x',
            response: { ...response, response: { ...response.response, attestationObject } },
          });
          // Damage to what nobody signs, such as the authenticator's model, goes unnoticed.
          expect([201, 401, 409]).toContain(answer.status);
        },
      ),
      { numRuns: 150 },
    );
  });
});

test('a challenge for a sign-in is had as often as one may sign in', async () => {
  const strict = await startApp({ APP_URL: ORIGIN, LOGINS_PER_MINUTE: '3' });
  const visitor = new Client(strict.origin);
  for (let visit = 0; visit < 3; visit++) {
    expect((await visitor.post('auth/passkeys/login/options')).status).toBe(200);
  }
  const answer = await visitor.post('auth/passkeys/login/options');
  expectCode(answer, 429, 'request.too_many');
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  await strict.close();
});

async function newcomer(): Promise<{ client: Client; email: string; id: string }> {
  people += 1;
  const email = `person-${people}@example.org`;
  const client = await signUp(app, email);
  const { body } = await client.get('auth/me');
  return { client, email, id: body.user.id };
}

/** What is sent to add a passkey. */
async function createdBy(client: Client, on = device): Promise<Json> {
  const { body } = await client.post('auth/passkeys/options', { password: PASSWORD });
  const { challenge_id } = body;
  return { challenge_id, name: 'Laptop', response: await on.create(body.options) };
}

async function addPasskey(client: Client): Promise<{ passkey: Json; response: Json }> {
  const creation = await createdBy(client);
  const { status, body } = await client.post('auth/passkeys', creation);
  expect(status).toBe(201);
  return { passkey: body, response: creation.response };
}

/** What is sent to sign in. */
async function signature(on = device): Promise<Json> {
  const { body } = await anybody.post('auth/passkeys/login/options');
  return { challenge_id: body.challenge_id, response: await on.get(body.options) };
}

function signedBy({ response, ...login }: Json, changes: object): Json {
  return { ...login, response: { ...response, response: { ...response.response, ...changes } } };
}

function claiming({ response, ...login }: Json, changes: object): Json {
  return { ...login, response: withClientData(response, changes) };
}

function naming({ response, ...login }: Json, id: string): Json {
  return { ...login, response: { ...response, id, rawId: id } };
}

/** The response as if the browser had seen something else. */
function withClientData(response: Json, changes: object): Json {
  const seen = JSON.parse(Buffer.from(response.response.clientDataJSON, 'base64url').toString());
  const clientDataJSON = base64url(JSON.stringify({ ...seen, ...changes }));
  return { ...response, response: { ...response.response, clientDataJSON } };
}

function base64url(data: string | Uint8Array): string {
  return Buffer.from(data).toString('base64url');
}

async function mailTo(email: string, sentence: string): Promise<void> {
  await until(
    async () => (await mailsTo(app.dataDir, email)).find(({ text }) => text?.includes(sentence)),
    { what: `a mail that says ${sentence}` },
  );
}

async function actionsOf(userId: string): Promise<string[]> {
  const rows = await app.app
    .get(DataSource)
    .query<{ action: string }[]>(
      'SELECT action FROM audit_events WHERE subject_id = $1 ORDER BY id',
      [userId],
    );
  return rows.map(({ action }) => action);
}

function expectCode({ status, body }: Answer, expected: number, code: string): void {
  expect([status, body.code]).toEqual([expected, code]);
}
