import { DataSource } from 'typeorm';
import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { CookieClient, cookiesOf, type SetCookie } from '../support/cookie-client.js';

const DAY_MS = 86_400_000;
/** How long other tabs may bring a refresh token that was just exchanged. */
const REUSE_WINDOW_MS = 10_000;
const EMAIL = 'ada@example.org';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36';
const NO_SUCH_VIDEO = 'videos/0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';

let app: TestApp;
let anybody: Client;

beforeAll(async () => {
  app = await startApp();
  anybody = new Client(app.origin);
  await signUp(app, EMAIL);
});
afterAll(() => app.close());
afterEach(() => {
  jest.useRealTimers();
});

describe('the cookies of a sign-in', () => {
  test('keep the tokens from scripts and other sites, and show only the CSRF token', async () => {
    const { access, refresh, csrf } = cookiesIn(await login(anybody));
    expect([...access.attributes]).toEqual(
      expect.arrayContaining([
        ['path', '/'],
        ['httponly', ''],
        ['samesite', 'Lax'],
      ]),
    );
    expect([...refresh.attributes]).toEqual(
      expect.arrayContaining([
        ['path', '/api/v1/auth'],
        ['httponly', ''],
        ['samesite', 'Lax'],
      ]),
    );
    expect([...csrf.attributes]).toEqual(
      expect.arrayContaining([
        ['path', '/'],
        ['samesite', 'Lax'],
      ]),
    );
    expect(csrf.attributes.has('httponly')).toBe(false);
  });

  test('are not Secure on plain http, where a browser would drop them', async () => {
    for (const cookie of Object.values(cookiesIn(await login(anybody)))) {
      expect([cookie.name, cookie.attributes.has('secure')]).toEqual([cookie.name, false]);
    }
  });

  test('end with the browser unless one asked to be remembered', async () => {
    for (const { attributes } of Object.values(cookiesIn(await login(anybody)))) {
      expect(attributes.has('expires') || attributes.has('max-age')).toBe(false);
    }
  });

  test('last for 30 days when one asked to be remembered', async () => {
    const { access, refresh, csrf } = cookiesIn(await login(anybody, { remember_me: true }));
    expect(access.attributes.get('max-age')).toBe('1800');
    for (const { attributes } of [refresh, csrf]) {
      const lifetime = Date.parse(attributes.get('expires') ?? '') - Date.now();
      expect(lifetime / DAY_MS).toBeCloseTo(30, 2);
    }
  });

  test('and the session behind them last for a day, or for 30', async () => {
    const forgotten = await anybody.post('auth/token', { email: EMAIL, password: PASSWORD });
    const remembered = await anybody.post('auth/token', {
      email: EMAIL,
      password: PASSWORD,
      remember_me: true,
    });
    setClock(new Date(Date.now() + DAY_MS + 60_000));
    expectCode(await refreshWith(forgotten), 401, 'auth.session_revoked');
    expect((await refreshWith(remembered)).status).toBe(200);
  });
});

describe('a request that changes something and is signed in by cookie', () => {
  test('is refused without the CSRF token, and with a wrong one', async () => {
    const browser = await signedInBrowser();
    const other = await signedInBrowser();
    const wrong = [{}, { 'X-CSRFToken': '' }, { 'X-CSRFToken': 'guess' }, other.csrf];
    for (const headers of wrong) {
      expectCode(await browser.post('auth/logout', undefined, headers), 403, 'auth.csrf');
      expectCode(await browser.post('auth/refresh', undefined, headers), 403, 'auth.csrf');
      expectCode(await browser.send('DELETE', NO_SUCH_VIDEO, undefined, headers), 403, 'auth.csrf');
      expectCode(await browser.post('videos/upload', undefined, headers), 403, 'auth.csrf');
    }
    expect((await browser.get('auth/me')).status).toBe(200);
  });

  test('passes with the CSRF token of its session', async () => {
    const browser = await signedInBrowser();
    const deleted = await browser.send('DELETE', NO_SUCH_VIDEO, undefined, browser.csrf);
    expectCode(deleted, 404, 'video.not_found');
    expect((await browser.post('auth/logout', undefined, browser.csrf)).status).toBe(200);
  });

  test('is not excused by credentials of another kind', async () => {
    const browser = await signedInBrowser();
    const answer = await browser.post('auth/logout', undefined, {
      authorization: `Basic ${Buffer.from('proxy:password').toString('base64')}`,
    });
    expectCode(answer, 403, 'auth.csrf');
  });

  test('reads without a CSRF token', async () => {
    const browser = await signedInBrowser();
    expect((await browser.get('videos')).status).toBe(200);
    expect((await browser.send('HEAD', 'videos')).status).toBe(200);
  });
});

test('a bearer token needs no CSRF token', async () => {
  const { body } = await login(anybody);
  const client = new Client(app.origin, body.access_token);
  expectCode(await client.send('DELETE', NO_SUCH_VIDEO), 404, 'video.not_found');
  expect((await client.post('auth/logout')).status).toBe(200);
});

test('login keeps the refresh token out of the body and token keeps it out of the cookies', async () => {
  const cookieLogin = await login(anybody);
  expect(Object.keys(cookieLogin.body).sort()).toEqual([
    'access_token',
    'expires_in',
    'token_type',
    'user',
  ]);
  const { headers, body } = await anybody.post('auth/token', { email: EMAIL, password: PASSWORD });
  expect(headers.getSetCookie()).toEqual([]);
  expect(body).toMatchObject({
    user: { email: EMAIL },
    access_token: expect.any(String),
    refresh_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 1800,
  });
});

describe('a refresh token', () => {
  test('in a cookie is exchanged for new cookies', async () => {
    const browser = await signedInBrowser();
    const before = new Map(browser.cookies);
    const { status, body } = await browser.post('auth/refresh', {}, browser.csrf);
    expect([status, body.refresh_token]).toEqual([200, undefined]);
    expect(browser.cookies.get('refresh_token')).not.toBe(before.get('refresh_token'));
    expect((await browser.get('auth/me')).body.user.email).toBe(EMAIL);
  });

  test('in a body is exchanged for new tokens without cookies', async () => {
    const first = await anybody.post('auth/token', { email: EMAIL, password: PASSWORD });
    const second = await refreshWith(first);
    expect(second.status).toBe(200);
    expect(second.headers.getSetCookie()).toEqual([]);
    expect(second.body.refresh_token).not.toBe(first.body.refresh_token);
    expect((await refreshWith(second)).status).toBe(200);
    const client = new Client(app.origin, second.body.access_token);
    expect((await client.get('auth/me')).status).toBe(200);
  });

  test('that comes back after its exchange ends the whole session', async () => {
    const first = await anybody.post('auth/token', { email: EMAIL, password: PASSWORD });
    const second = await refreshWith(first);
    setClock(new Date(Date.now() + REUSE_WINDOW_MS + 1000));
    expectCode(await refreshWith(first), 401, 'auth.invalid_token');
    expectCode(await refreshWith(second), 401, 'auth.session_revoked');
    expect(await newestEvent()).toEqual({ action: 'session.revoked_for_reuse', details: {} });
    for (const { body } of [first, second]) {
      const client = new Client(app.origin, body.access_token);
      expectCode(await client.get('auth/me'), 401, 'auth.session_revoked');
    }
  });

  test('that was stolen from a cookie ends the session of its thief', async () => {
    const browser = await signedInBrowser();
    const thief = new CookieClient(app.origin);
    for (const [name, value] of browser.cookies) thief.cookies.set(name, value);
    const disguise = { ...thief.csrf, 'user-agent': 'Burglar/1.0' };
    expect((await thief.post('auth/refresh', {}, disguise)).status).toBe(200);
    expectCode(await browser.post('auth/refresh', {}, browser.csrf), 401, 'auth.invalid_token');
    expectCode(await thief.get('auth/me'), 401, 'auth.session_revoked');
  });

  test('that several tabs of one browser bring at once signs none of them out', async () => {
    const browser = await signedInBrowser();
    const tabs = Array.from({ length: 8 }, () => {
      const tab = new CookieClient(app.origin);
      for (const [name, value] of browser.cookies) tab.cookies.set(name, value);
      return tab;
    });
    const answers = await Promise.all(tabs.map((tab) => tab.post('auth/refresh', {}, tab.csrf)));
    expect(answers.map(({ status }) => status)).toEqual(tabs.map(() => 200));
    expect(new Set(tabs.map(({ cookies }) => cookies.get('refresh_token'))).size).toBe(1);
    const [tab] = tabs;
    expect((await tab?.post('auth/refresh', {}, tab.csrf))?.status).toBe(200);
    expect((await tab?.get('auth/me'))?.status).toBe(200);
  });

  test('that is older than the one before ends the session, however quickly it comes', async () => {
    const first = await anybody.post('auth/token', { email: EMAIL, password: PASSWORD });
    const second = await refreshWith(first);
    const third = await refreshWith(second);
    expectCode(await refreshWith(first), 401, 'auth.invalid_token');
    expectCode(await refreshWith(third), 401, 'auth.session_revoked');
  });

  test.each([
    ['nonsense', 'nonsense'],
    ['an id without a secret', '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01'],
    ['the id of no session', '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01.c2VjcmV0'],
    ['a broken escape', '%E0%A4%A.%00'],
  ])('that is %s is refused in a body and in a cookie', async (_, token) => {
    const inBody = await anybody.post('auth/refresh', { refresh_token: token });
    expect([inBody.status, inBody.body.code]).toEqual([401, expect.stringMatching(/^auth\./)]);
    const cookie = { cookie: `refresh_token=${token}` };
    expectCode(await anybody.post('auth/refresh', undefined, cookie), 403, 'auth.csrf');
  });

  test('that is missing is asked for', async () => {
    expectCode(await anybody.post('auth/refresh'), 401, 'auth.required');
    expectCode(await anybody.post('auth/refresh', {}), 401, 'auth.required');
  });
});

test('logout ends this session, clears its cookies, and leaves other devices signed in', async () => {
  const browser = await signedInBrowser();
  const otherDevice = await signedInBrowser();
  const before = new Map(browser.cookies);
  const answer = await browser.post('auth/logout', undefined, browser.csrf);
  expect(answer.status).toBe(200);
  for (const { value, attributes } of cookiesOf(answer).values()) {
    expect(value).toBe('');
    expect(Date.parse(attributes.get('expires') ?? '')).toBe(0);
  }
  expect(browser.cookies.size).toBe(0);
  for (const [name, value] of before) browser.cookies.set(name, value);
  expectCode(await browser.get('auth/me'), 401, 'auth.session_revoked');
  expectCode(
    await browser.post('auth/refresh', undefined, browser.csrf),
    401,
    'auth.session_revoked',
  );
  expect((await otherDevice.get('auth/me')).status).toBe(200);
});

describe('logout', () => {
  test('does with an access token that has expired', async () => {
    const browser = await signedInBrowser();
    const { body } = await anybody.post('auth/token', { email: EMAIL, password: PASSWORD });
    setClock(new Date(Date.now() + 31 * 60_000));
    expectCode(await browser.get('auth/me'), 401, 'auth.expired_token');
    const before = new Map(browser.cookies);
    expect((await browser.post('auth/logout', undefined, browser.csrf)).status).toBe(200);
    expect(browser.cookies.size).toBe(0);
    for (const [name, value] of before) browser.cookies.set(name, value);
    expectCode(
      await browser.post('auth/refresh', undefined, browser.csrf),
      401,
      'auth.session_revoked',
    );
    const client = new Client(app.origin, body.access_token as string);
    expect((await client.post('auth/logout')).status).toBe(200);
    expectCode(await refreshWith({ body } as Answer), 401, 'auth.session_revoked');
  });

  test('does with the refresh token alone, and its CSRF token', async () => {
    const browser = await signedInBrowser();
    browser.cookies.delete('access_token');
    expectCode(await browser.post('auth/logout'), 403, 'auth.csrf');
    const refresh = { body: { refresh_token: browser.cookies.get('refresh_token') } } as Answer;
    expect((await browser.post('auth/logout', undefined, browser.csrf)).status).toBe(200);
    expectCode(await refreshWith(refresh), 401, 'auth.session_revoked');
  });

  test('clears the cookies of a session that has ended, or of none', async () => {
    const browser = await signedInBrowser();
    const before = new Map(browser.cookies);
    await browser.post('auth/logout', undefined, browser.csrf);
    expect((await browser.post('auth/logout')).status).toBe(200);
    for (const [name, value] of before) browser.cookies.set(name, value);
    expect((await browser.post('auth/logout', undefined, browser.csrf)).status).toBe(200);
    expect(browser.cookies.size).toBe(0);
    expect((await new Client(app.origin, 'e30.e30.e30').post('auth/logout')).status).toBe(200);
  });
});

describe('the list of sessions', () => {
  test('shows device, address and when it was last seen, and knows which one asks', async () => {
    const other = await signedInBrowser({ 'user-agent': FIREFOX });
    const browser = await signedInBrowser({ 'user-agent': CHROME });
    const { body } = await browser.get('auth/sessions');
    const sessions = body.sessions as { current: boolean; device: string }[];
    const mine = sessions.find(({ current }) => current);
    const another = sessions.find(({ device }) => device === 'Firefox on Linux');
    expect(mine).toEqual({
      id: expect.any(String),
      device: 'Chrome on Windows',
      address: '127.0.0.1',
      created_at: expect.any(String),
      last_seen_at: expect.any(String),
      expires_at: expect.any(String),
      current: true,
    });
    expect(another?.current).toBe(false);
    expect((await other.get('auth/sessions')).body.sessions).toHaveLength(body.sessions.length);
    await browser.post('auth/logout', undefined, browser.csrf);
    await other.post('auth/logout', undefined, other.csrf);
  });

  test('says when a device was last seen, to the minute', async () => {
    const browser = await signedInBrowser();
    const seen = async () => Date.parse((await currentSession(browser)).last_seen_at);
    const before = await seen();
    setClock(new Date(Date.now() + 5 * 60_000));
    await browser.get('videos');
    expect((await seen()) - before).toBeGreaterThanOrEqual(4 * 60_000);
  });

  test('ends one device, at once and no other', async () => {
    const [mine, phone] = [await signedInBrowser(), await signedInBrowser()];
    const { id } = await currentSession(phone);
    expectCode(await mine.send('DELETE', `auth/sessions/${id}`), 403, 'auth.csrf');
    expect((await mine.send('DELETE', `auth/sessions/${id}`, undefined, mine.csrf)).status).toBe(
      204,
    );
    expectCode(await phone.get('auth/me'), 401, 'auth.session_revoked');
    expect((await mine.get('auth/me')).status).toBe(200);
    expect(await newestEvent()).toEqual({ action: 'session.revoked', details: { sessions: 1 } });
    const again = await mine.send('DELETE', `auth/sessions/${id}`, undefined, mine.csrf);
    expectCode(again, 404, 'session.not_found');
  });

  test("does not end other people's sessions", async () => {
    const eve = await signUp(app, `eve${Date.now()}@example.org`);
    const browser = await signedInBrowser();
    const { id } = await currentSession(browser);
    const answer = await eve.send('DELETE', `auth/sessions/${id}`);
    expectCode(answer, 404, 'session.not_found');
    expectCode(await eve.send('DELETE', 'auth/sessions/7'), 400, 'request.invalid');
    expect((await browser.get('auth/me')).status).toBe(200);
  });

  test('ends all other devices', async () => {
    const [mine, phone] = [await signedInBrowser(), await signedInBrowser()];
    expect((await mine.send('DELETE', 'auth/sessions', undefined, mine.csrf)).status).toBe(200);
    expect((await newestEvent())?.action).toBe('session.revoked');
    expectCode(await phone.get('auth/me'), 401, 'auth.session_revoked');
    expect((await mine.get('auth/sessions')).body.sessions).toHaveLength(1);
  });
});

test('logout everywhere ends this session and all others', async () => {
  const [mine, phone] = [await signedInBrowser(), await signedInBrowser()];
  const before = new Map(mine.cookies);
  const answer = await mine.post('auth/logout', { everywhere: true }, mine.csrf);
  expect([answer.status, mine.cookies.size]).toEqual([200, 0]);
  for (const [name, value] of before) mine.cookies.set(name, value);
  for (const browser of [mine, phone]) {
    expectCode(await browser.get('auth/me'), 401, 'auth.session_revoked');
  }
});

describe('a page of another site', () => {
  test.each([
    ['another origin', { origin: 'https://evil.example' }],
    ['no origin at all', { origin: 'null' }],
    ['the referer of another site', { referer: 'https://evil.example/film' }],
    ['an origin that begins like ours', { origin: 'http://localhost:8000.evil.example' }],
  ])('with %s changes nothing, even with the CSRF token', async (_, headers: object) => {
    const browser = await signedInBrowser();
    const sent = { ...browser.csrf, ...headers };
    expectCode(await browser.post('auth/logout', undefined, sent), 403, 'auth.csrf');
    expectCode(await browser.post('auth/refresh', {}, sent), 403, 'auth.csrf');
    expectCode(
      await anybody.post('auth/login', { email: EMAIL, password: PASSWORD }, { ...headers }),
      403,
      'auth.csrf',
    );
    expectCode(await anybody.post('auth/demo', undefined, { ...headers }), 403, 'auth.csrf');
    expect((await browser.get('auth/me')).status).toBe(200);
  });

  test.each([
    ['APP_URL', () => ({ origin: app.config.appUrl })],
    ['the address it was loaded from', () => ({ origin: app.origin })],
    ['a referer of ours', () => ({ referer: `${app.origin}/browse` })],
  ])('is none when it has %s', async (_, headers) => {
    const browser = await signedInBrowser();
    const answer = await browser.post('auth/logout', undefined, { ...browser.csrf, ...headers() });
    expect(answer.status).toBe(200);
  });
});

describe('a demo guest', () => {
  test('is signed in without a name, may look around, and is gone after logout', async () => {
    const guest = new CookieClient(app.origin);
    const { status, body } = await guest.post('auth/demo');
    expect([status, body.user.is_demo, body.user.role]).toEqual([200, true, 'viewer']);
    expect((await guest.get('videos')).status).toBe(200);
    expect((await guest.post('auth/logout', undefined, guest.csrf)).status).toBe(200);
    expect(await app.app.get(UsersService).findById(body.user.id)).toBeNull();
    const client = new Client(app.origin, body.access_token);
    expectCode(await client.get('auth/me'), 401, 'auth.session_revoked');
    expect((await client.post('auth/logout')).status).toBe(200);
    const sessions = await app.app
      .get(DataSource)
      .query<object[]>('SELECT 1 FROM sessions WHERE user_id = $1', [body.user.id]);
    expect(sessions).toEqual([]);
  });

  test('who signs out twice at once is gone, and no error of ours', async () => {
    const { body } = await anybody.post('auth/demo');
    const client = new Client(app.origin, body.access_token);
    const answers = await Promise.all([1, 2, 3].map(() => client.post('auth/logout')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await app.app.get(UsersService).findById(body.user.id)).toBeNull();
  });

  test('cannot upload', async () => {
    const { body } = await anybody.post('auth/demo');
    const guest = new Client(app.origin, body.access_token);
    const form = new FormData();
    form.append('file', new Blob(['a film']), 'film.mp4');
    expectCode(await guest.post('videos/upload', form), 403, 'auth.forbidden');
  });

  test('is a person of their own each time', async () => {
    const guests = await Promise.all([1, 2, 3].map(() => anybody.post('auth/demo')));
    expect(new Set(guests.map(({ body }) => body.user.id)).size).toBe(3);
  });
});

function login(client: Client, fields: object = {}): Promise<Answer> {
  return client.post('auth/login', { email: EMAIL, password: PASSWORD, ...fields });
}

async function signedInBrowser(headers: Record<string, string> = {}): Promise<CookieClient> {
  const browser = new CookieClient(app.origin);
  const answer = await browser.post('auth/login', { email: EMAIL, password: PASSWORD }, headers);
  expect(answer.status).toBe(200);
  return browser;
}

async function currentSession(
  browser: CookieClient,
): Promise<{ id: string; last_seen_at: string }> {
  const { body } = await browser.get('auth/sessions');
  return body.sessions.find(({ current }: { current: boolean }) => current);
}

async function newestEvent(): Promise<{ action: string; details: object } | undefined> {
  const events = await app.app
    .get(DataSource)
    .query<{ action: string; details: object }[]>(
      'SELECT action, details FROM audit_events ORDER BY id DESC LIMIT 1',
    );
  return events[0];
}

function refreshWith({ body }: Answer): Promise<Answer> {
  return anybody.post('auth/refresh', { refresh_token: body.refresh_token });
}

function cookiesIn(answer: Answer): Record<'access' | 'refresh' | 'csrf', SetCookie> {
  expect(answer.status).toBe(200);
  const cookies = cookiesOf(answer);
  const named = (name: string): SetCookie => {
    const cookie = cookies.get(name);
    if (!cookie) throw new Error(`the answer sets no cookie ${name}`);
    return cookie;
  };
  return {
    access: named('access_token'),
    refresh: named('refresh_token'),
    csrf: named('csrftoken'),
  };
}

function expectCode({ status, body }: Answer, expectedStatus: number, code: string): void {
  expect([status, body.code]).toEqual([expectedStatus, code]);
}
