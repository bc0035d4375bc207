import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import fc from 'fast-check';
import { JWT_CLAIMS } from '../../src/auth/sessions/sessions.service.js';
import { ActivationLinksService } from '../../src/auth/mail-links/activation-links.service.js';
import { MailTokensService } from '../../src/auth/mail-links/mail-tokens.service.js';
import { Secrets } from '../../src/config/secrets.js';
import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';
import { setClock } from '../support/clock.js';

interface Claims {
  sub: string;
  sid: string;
  iat: number;
  exp: number;
  aud: string;
  iss: string;
}

const part = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.base64String(),
  fc.json().map((json) => base64(json)),
);
/** Values of an `Authorization` header, some of which look like a token. */
const authorizations = fc
  .tuple(
    fc.constantFrom('', 'Bearer ', 'bearer ', 'Basic ', 'Bearer  '),
    fc.oneof(
      part,
      fc.tuple(part, part, part).map((parts) => parts.join('.')),
    ),
  )
  .map(([scheme, value]) => scheme + value);

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

let app: TestApp;
let token: string;
let refreshToken: string;
let claims: Claims;
let key: Buffer;

beforeAll(async () => {
  app = await startApp();
  await signUp(app, 'ada@example.org');
  const { body } = await new Client(app.origin).post('auth/token', {
    email: 'ada@example.org',
    password: PASSWORD,
  });
  ({ access_token: token, refresh_token: refreshToken } = body);
  claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Claims;
  key = app.app.get(Secrets).key('access-token');
});
afterAll(() => app.close());

test('an access token says whose it is, for whom, from whom and until when', async () => {
  expect(claims).toMatchObject({ aud: JWT_CLAIMS.audience, iss: JWT_CLAIMS.issuer });
  expect(claims.exp - claims.iat).toBe(30 * 60);
  expect((await me(token)).status).toBe(200);
  expect((await me(signed(claims))).status).toBe(200);
});

test.each<[string, () => string, string]>([
  ['without a signature', () => forged({ alg: 'none' }, claims, ''), 'auth.invalid_token'],
  [
    'whose algorithm is none and whose signature is another’s',
    () => forged({ alg: 'none' }, claims, token.split('.')[2] ?? ''),
    'auth.invalid_token',
  ],
  ['signed with another key', () => signed(claims, Buffer.alloc(32, 1)), 'auth.invalid_token'],
  [
    'signed with the key of another purpose',
    () => signed(claims, app.app.get(Secrets).key('playback-token')),
    'auth.invalid_token',
  ],
  ['signed with an empty key', () => signed(claims, Buffer.alloc(0)), 'auth.invalid_token'],
  [
    'signed with another algorithm of the same key',
    () => signed(claims, key, 'HS512'),
    'auth.invalid_token',
  ],
  [
    'signed with a public key as if that were the secret',
    () => signed(claims, Buffer.from(rsa.publicKey)),
    'auth.invalid_token',
  ],
  ['signed with a private RSA key', () => signedWithRsa({ alg: 'RS256' }), 'auth.invalid_token'],
  [
    'that brings the key it is signed with',
    () =>
      signedWithRsa({
        alg: 'RS256',
        jwk: createPublicKey(rsa.publicKey).export({ format: 'jwk' }),
      }),
    'auth.invalid_token',
  ],
  [
    'that says where to fetch its key',
    () => signedWithRsa({ alg: 'RS256', jku: 'http://127.0.0.1:9/keys', kid: '../../dev/null' }),
    'auth.invalid_token',
  ],
  ['whose algorithm is unknown', () => forged({ alg: 'HS1' }, claims, 'AA'), 'auth.invalid_token'],
  ['for another audience', () => signed({ ...claims, aud: 'elsewhere' }), 'auth.invalid_token'],
  ['without an audience', () => signed(without('aud')), 'auth.invalid_token'],
  ['from another issuer', () => signed({ ...claims, iss: 'elsewhere' }), 'auth.invalid_token'],
  ['without an issuer', () => signed(without('iss')), 'auth.invalid_token'],
  [
    'that has expired',
    () => signed({ ...claims, iat: now() - 3600, exp: now() - 1 }),
    'auth.expired_token',
  ],
  ['that is not valid yet', () => signed({ ...claims, nbf: now() + 60 }), 'auth.invalid_token'],
  ['whose payload was edited', () => edited(), 'auth.invalid_token'],
  ['without a session', () => signed(without('sid')), 'auth.invalid_token'],
  ['without a user', () => signed(without('sub')), 'auth.invalid_token'],
  ['whose user is no id', () => signed({ ...claims, sub: "' OR 1=1" }), 'auth.invalid_token'],
  [
    'of another user’s session',
    () => signed({ ...claims, sub: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' }),
    'auth.session_revoked',
  ],
  [
    'of a session that does not exist',
    () => signed({ ...claims, sid: '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01' }),
    'auth.session_revoked',
  ],
  ['that is a refresh token', () => refreshToken, 'auth.invalid_token'],
  ['whose payload is no object', () => signed('text'), 'auth.invalid_token'],
  [
    'whose payload is not JSON',
    () => `${base64('{"alg":"HS256"}')}.e30x.e30`,
    'auth.invalid_token',
  ],
  ['with three empty parts', () => '..', 'auth.invalid_token'],
])('a token %s is refused', async (_, makeToken, code) => {
  const forgery = makeToken();
  for (const headers of [
    { authorization: `Bearer ${forgery}` },
    { cookie: `access_token=${forgery}` },
  ]) {
    const { statusCode, body } = await app.app.inject({ url: '/api/v1/auth/me', headers });
    expect([statusCode, (JSON.parse(body) as { code: unknown }).code]).toEqual([401, code]);
  }
});

describe('the other tokens', () => {
  let ada: { uid: string; refresh: string };
  let eve: { uid: string; refresh: string };
  const mailed = (uid: string, purpose: 'password-reset' | 'email-change') =>
    app.app.get(MailTokensService).issue(uid, purpose, 'new@example.org');
  const activation = async (uid: string) => {
    const links = app.app.get(ActivationLinksService, { strict: false });
    await links.expect(uid, { username: null, passwordHash: 'none' });
    return (await links.issue(uid))?.token ?? '';
  };

  beforeAll(async () => {
    await signUp(app, 'eve@example.org');
    [ada, eve] = [await freshTokens('ada@example.org'), await freshTokens('eve@example.org')];
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  test.each<[string, () => Promise<Answer>, 400 | 401]>([
    ['a refresh token of nobody', () => refresh(`${randomUUID()}.AAAA`), 401],
    ['an access token as refresh token', () => refresh(token), 401],
    [
      'the secret of one session with the id of another',
      () => refresh(`${sessionOf(eve.refresh)}.${secretOf(ada.refresh)}`),
      401,
    ],
    ['a refresh token without its secret', () => refresh(sessionOf(ada.refresh)), 401],
    [
      'a refresh token that was exchanged before',
      async () => {
        const { refresh: old } = await freshTokens('eve@example.org');
        expect((await refresh(old)).status).toBe(200);
        setClock(new Date(Date.now() + 11_000));
        return refresh(old);
      },
      401,
    ],
    [
      'a refresh token after logout',
      async () => {
        const { access, refresh: mine } = await freshTokens('eve@example.org');
        await new Client(app.origin, access).post('auth/logout');
        return refresh(mine);
      },
      401,
    ],
    [
      'an activation link as password reset',
      async () => reset(eve.uid, await activation(eve.uid)),
      400,
    ],
    [
      'an e-mail change as password reset',
      async () => reset(eve.uid, await mailed(eve.uid, 'email-change')),
      400,
    ],
    [
      'a password reset as activation',
      async () => activate(eve.uid, await mailed(eve.uid, 'password-reset')),
      400,
    ],
    [
      'a password reset of another user',
      async () => reset(ada.uid, await mailed(eve.uid, 'password-reset')),
      400,
    ],
    [
      'a password reset with one character changed',
      async () => reset(eve.uid, flipped(await mailed(eve.uid, 'password-reset'))),
      400,
    ],
    [
      'a password reset before the newest one',
      async () => {
        const old = await mailed(eve.uid, 'password-reset');
        await mailed(eve.uid, 'password-reset');
        return reset(eve.uid, old);
      },
      400,
    ],
    [
      'a password reset of yesterday',
      async () => {
        const old = await mailed(eve.uid, 'password-reset');
        setClock(new Date(Date.now() + 24 * 3_600_000 + 1000));
        return reset(eve.uid, old);
      },
      400,
    ],
    [
      'a password reset from before the password changed',
      async () => {
        const old = await mailed(eve.uid, 'password-reset');
        const { access } = await freshTokens('eve@example.org');
        const changed = await new Client(app.origin, access).post('auth/password/change', {
          old_password: PASSWORD,
          new_password: PASSWORD,
        });
        expect(changed.status).toBe(200);
        return reset(eve.uid, old);
      },
      400,
    ],
    ['a refresh token as password reset', () => reset(eve.uid, eve.refresh), 400],
    ['an access token as activation', () => activate(ada.uid, token.slice(0, 200)), 400],
  ])('%s is refused', async (_, attack, status) => {
    const answer = await attack();
    expect([answer.status, answer.body.code]).toEqual([status, expect.stringMatching(/^auth\./)]);
  });

  test('and after all these attacks the owner signs in as ever', async () => {
    expect((await freshTokens('ada@example.org')).uid).toBe(ada.uid);
  });
});

test('a token whose user was deleted is refused', async () => {
  const leaver = await signUp(app, 'leaver@example.org');
  expect((await leaver.get('auth/me')).status).toBe(200);
  const users = app.app.get(UsersService);
  const user = await users.findByEmail('leaver@example.org');
  await users.delete(user?.id ?? '');
  const { status, body } = await leaver.get('auth/me');
  expect([status, body.code]).toEqual([401, 'auth.session_revoked']);
});

test('no Authorization header is an error of ours, whatever it holds', async () => {
  await fc.assert(
    fc.asyncProperty(authorizations, async (authorization) => {
      const headers = { authorization };
      const { statusCode } = await app.app.inject({ url: '/api/v1/auth/me', headers });
      expect(statusCode).toBe(401);
    }),
    { numRuns: 300 },
  );
});

test('no JSON is an error of ours on any public route of the accounts', async () => {
  const routes = await publicAccountRoutes();
  expect(routes).toEqual(expect.arrayContaining(['/api/v1/auth/login', '/api/v1/auth/register']));
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('ada@example.org', '\0', '\ud800', "'; --", 'x'.repeat(5000)),
    fc.uuid(),
  );
  const value = fc.oneof(text, fc.jsonValue());
  const known = fc.record(
    { email: value, username: value, password: value, uid: value, token: value },
    { requiredKeys: [] },
  );
  const body = fc.oneof(
    known,
    fc.tuple(known, fc.constant({ refresh_token: '.' })).map(([one, two]) => ({ ...one, ...two })),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      body,
      authorizations,
      async (url, payload, authorization) => {
        const { statusCode } = await app.app.inject({
          method: 'POST',
          url,
          headers: { 'content-type': 'application/json', authorization },
          payload: JSON.stringify(payload),
        });
        expect([url, statusCode < 500]).toEqual([url, true]);
      },
    ),
    { numRuns: 500 },
  );
});

async function freshTokens(email: string) {
  const { status, body } = await new Client(app.origin).post('auth/token', {
    email,
    password: PASSWORD,
  });
  expect(status).toBe(200);
  return {
    uid: body.user.id as string,
    access: body.access_token as string,
    refresh: body.refresh_token as string,
  };
}

function refresh(refreshed: string): Promise<Answer> {
  return new Client(app.origin).post('auth/refresh', { refresh_token: refreshed });
}

function reset(uid: string, mailedToken: string): Promise<Answer> {
  return new Client(app.origin).post('auth/password/reset', {
    uid,
    token: mailedToken,
    new_password: 'the attacker would like this one',
  });
}

function activate(uid: string, mailedToken: string): Promise<Answer> {
  return new Client(app.origin).post('auth/activate', { uid, token: mailedToken });
}

const sessionOf = (refreshed: string) => refreshed.split('.')[0] ?? '';
const secretOf = (refreshed: string) => refreshed.split('.')[1] ?? '';

function flipped(text: string): string {
  return (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
}

function signedWithRsa(header: object): string {
  const content = `${base64(JSON.stringify(header))}.${base64(JSON.stringify(claims))}`;
  return `${content}.${sign('sha256', Buffer.from(content), rsa.privateKey).toString('base64url')}`;
}

async function me(bearer: string) {
  return new Client(app.origin, bearer).get('auth/me');
}

/** Addresses of the accounts that take a POST from anybody, as the API describes itself. */
async function publicAccountRoutes(): Promise<string[]> {
  const { body } = await new Client(app.origin).get('/openapi.json');
  const paths = Object.entries(body.paths as Record<string, { post?: { security?: unknown[] } }>);
  return paths
    .filter(([path, { post }]) => path.startsWith('/api/v1/auth/') && post?.security?.length === 0)
    .map(([path]) => path);
}

function signed(payload: unknown, secret = key, alg: 'HS256' | 'HS512' = 'HS256'): string {
  const content = `${base64(JSON.stringify({ alg, typ: 'JWT' }))}.${base64(JSON.stringify(payload))}`;
  const hash = alg === 'HS256' ? 'sha256' : 'sha512';
  return `${content}.${createHmac(hash, secret).update(content).digest('base64url')}`;
}

function forged(header: object, payload: object, signature: string): string {
  return `${base64(JSON.stringify(header))}.${base64(JSON.stringify(payload))}.${signature}`;
}

/** The real token with another expiry and its old signature. */
function edited(): string {
  const [header = '', , signature = ''] = token.split('.');
  return `${header}.${base64(JSON.stringify({ ...claims, exp: claims.exp + 1 }))}.${signature}`;
}

function without(name: keyof Claims): object {
  return Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}
