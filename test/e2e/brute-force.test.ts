import { DataSource } from 'typeorm';
import { RateLimiter } from '../../src/ports/rate-limiter.js';
import { UsersService } from '../../src/users/users.service.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';
import { setClock } from '../support/clock.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';

const MINUTE_MS = 60_000;
/** Who is trusted to say for whom it speaks: this machine, as a proxy would be. */
const BEHIND_PROXY = {
  TRUSTED_PROXIES: '127.0.0.1',
  LOGINS_PER_MINUTE: '30',
  DEMOS_PER_HOUR: '20',
  LINKS_PER_HOUR: '30',
};

let redis: RedisServer;
let ground: Ground;
let app: TestApp;
let replica: TestApp;
let address = 0;

beforeAll(async () => {
  redis = await startRedisServer();
});
afterAll(() => redis.stop());
afterEach(() => {
  jest.useRealTimers();
});

describe.each(['PostgreSQL', 'Redis'] as const)('with counters in %s', (store) => {
  beforeAll(async () => {
    ground = await createGround();
    const settings = { ...BEHIND_PROXY, ...(store === 'Redis' ? { REDIS_URL: redis.url } : {}) };
    app = await startAppOn(ground, settings);
    replica = await startAppOn(ground, settings);
  });
  afterAll(async () => {
    await Promise.all([app.close(), replica.close()]);
    await ground.remove();
  });

  test('five failures lock the account for this address for 15 minutes', async () => {
    await signUp(app, 'ada@example.org');
    const from = someAddress();
    for (let failure = 1; failure <= 5; failure++) {
      expectCode(
        await tryAt(app, 'ada@example.org', 'wrong', from),
        401,
        'auth.invalid_credentials',
      );
    }
    const locked = await tryAt(app, 'ada@example.org', PASSWORD, from);
    expectCode(locked, 429, 'auth.locked');
    const seconds = Number(locked.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(14 * 60);
    expect(seconds).toBeLessThanOrEqual(15 * 60);
  });

  test('the owner signs in from elsewhere meanwhile', async () => {
    await signUp(app, 'grace@example.org');
    const from = someAddress();
    await failFiveTimes('grace@example.org', from);
    expect((await tryAt(app, 'grace@example.org', PASSWORD, from)).status).toBe(429);
    expect((await tryAt(app, 'grace@example.org', PASSWORD, someAddress())).status).toBe(200);
  });

  test('all replicas count together', async () => {
    await signUp(app, 'joan@example.org');
    const from = someAddress();
    for (const [at, failure] of [app, replica, app, replica, app].entries()) {
      const { status } = await tryAt(failure, 'joan@example.org', `wrong ${at}`, from);
      expect(status).toBe(401);
    }
    for (const one of [app, replica]) {
      expectCode(await tryAt(one, 'joan@example.org', PASSWORD, from), 429, 'auth.locked');
    }
  });

  test('an account that does not exist is locked alike', async () => {
    const from = someAddress();
    await failFiveTimes('nobody@example.org', from);
    expectCode(await tryAt(app, 'nobody@example.org', 'wrong', from), 429, 'auth.locked');
  });

  test('of many tries at once no more than five are answered', async () => {
    await signUp(app, 'hedy@example.org');
    const from = someAddress();
    const tries = Array.from({ length: 20 }, (_, at) =>
      tryAt(at % 2 ? app : replica, 'hedy@example.org', `wrong ${at}`, from),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThanOrEqual(15);
  });

  test('many right sign-ins at once all pass', async () => {
    await signUp(app, 'mary@example.org');
    const from = someAddress();
    const tries = Array.from({ length: 20 }, () => tryAt(app, 'mary@example.org', PASSWORD, from));
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses).toEqual(tries.map(() => 200));
  });

  test('a right password forgets the failures before it', async () => {
    await signUp(app, 'emmy@example.org');
    const from = someAddress();
    for (let round = 0; round < 3; round++) {
      for (let failure = 0; failure < 4; failure++) {
        expect((await tryAt(app, 'emmy@example.org', 'wrong', from)).status).toBe(401);
      }
      expect((await tryAt(app, 'emmy@example.org', PASSWORD, from)).status).toBe(200);
    }
  });

  test('one address signs in 30 times a minute, into whatever accounts', async () => {
    await signUp(app, 'rosalind@example.org');
    const from = someAddress();
    for (let time = 1; time <= 30; time++) {
      const { status } = await tryAt(app, `stranger${time}@example.org`, 'wrong', from);
      expect(status).toBe(401);
    }
    const answer = await tryAt(replica, 'rosalind@example.org', PASSWORD, from);
    expectCode(answer, 429, 'request.too_many');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await tryAt(app, 'rosalind@example.org', PASSWORD, someAddress())).status).toBe(200);
  });

  test('one address makes 20 demo guests an hour', async () => {
    const from = { 'x-forwarded-for': someAddress() };
    const demo = (one: TestApp, headers = from) =>
      new Client(one.origin).post('auth/demo', undefined, headers);
    for (let time = 1; time <= 20; time++) expect((await demo(app)).status).toBe(200);
    const answer = await demo(replica);
    expectCode(answer, 429, 'request.too_many');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3000);
    expect((await demo(app, { 'x-forwarded-for': someAddress() })).status).toBe(200);
  });

  test('one address asks for 30 mailed links an hour, whatever they are for', async () => {
    const from = { 'x-forwarded-for': someAddress() };
    const ask = (one: TestApp, path: string, email: string, headers = from) =>
      new Client(one.origin).post(
        `auth/${path}`,
        path === 'register' ? { email, password: PASSWORD } : { email },
        headers,
      );
    const paths = ['register', 'activation/resend', 'password/forgot'];
    for (let time = 0; time < 30; time++) {
      const answer = await ask(app, paths[time % 3] ?? '', `asker${time % 5}@example.org`);
      expect(answer.status).toBeLessThan(300);
    }
    for (const path of paths) {
      const answer = await ask(replica, path, 'asker@example.org');
      expectCode(answer, 429, 'request.too_many');
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(3000);
    }
    const elsewhere = { 'x-forwarded-for': someAddress() };
    expect((await ask(app, 'register', 'asker@example.org', elsewhere)).status).toBe(201);
  });

  test('an account is the same however its name is typed, and so is one that does not exist', async () => {
    await signUp(app, 'spaced@example.org');
    for (const name of ['spaced', 'unknown']) {
      const from = someAddress();
      for (let failure = 0; failure < 5; failure++) {
        const typed = [`${name}@example.org`, ` ${name.toUpperCase()}@Example.org  `][failure % 2];
        expect((await tryAt(app, typed ?? '', 'wrong', from)).status).toBe(401);
      }
      for (const typed of [`\t${name}@example.org`, `${name}@EXAMPLE.org`]) {
        expectCode(await tryAt(app, typed, PASSWORD, from), 429, 'auth.locked');
      }
    }
  });

  test('whoever comes before a lock is written is told to wait for no less than it lasts', async () => {
    const from = someAddress();
    const limiter = app.app.get(RateLimiter);
    const key = `early@example.org ${from}`;
    const failures = { name: 'sign-in-failures', points: 5, seconds: 900 };
    const lockouts = { name: 'sign-in-lockouts', points: 1000, seconds: 7 * 24 * 3600 };
    for (let failure = 0; failure < 5; failure++) await limiter.consume(failures, key);
    for (let lock = 0; lock < 2; lock++) await limiter.consume(lockouts, key);
    const answer = await tryAt(app, 'early@example.org', 'wrong', from);
    expectCode(answer, 429, 'auth.locked');
    expect(Number(answer.headers.get('retry-after'))).toBe(60 * 60);
  });

  test('unlocking lets the owner in at once', async () => {
    await signUp(app, 'edith@example.org');
    const from = someAddress();
    await failFiveTimes('edith@example.org', from);
    const users = app.app.get(UsersService);
    const { id } = (await users.findByEmail('edith@example.org')) ?? { id: '' };
    await users.forgetFailures(id);
    expect((await tryAt(replica, 'edith@example.org', PASSWORD, from)).status).toBe(200);
  });
});

describe('as time goes by', () => {
  beforeAll(async () => {
    ground = await createGround();
    app = await startAppOn(ground, BEHIND_PROXY);
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
  });

  test('failures of more than 15 minutes ago count no more', async () => {
    await signUp(app, 'ada@example.org');
    const from = someAddress();
    const start = Date.now();
    for (let failure = 0; failure < 4; failure++)
      await tryAt(app, 'ada@example.org', 'wrong', from);
    setClock(new Date(start + 16 * MINUTE_MS));
    for (let failure = 0; failure < 4; failure++) {
      expect((await tryAt(app, 'ada@example.org', 'wrong', from)).status).toBe(401);
    }
    expect((await tryAt(app, 'ada@example.org', PASSWORD, from)).status).toBe(200);
  });

  test('each lock is twice as long as the one before, up to a day', async () => {
    await signUp(app, 'grace@example.org');
    const from = someAddress();
    let now = Date.now();
    const minutes: number[] = [];
    for (let lock = 0; lock < 9; lock++) {
      await failFiveTimes('grace@example.org', from);
      const answer = await tryAt(app, 'grace@example.org', PASSWORD, from);
      expectCode(answer, 429, 'auth.locked');
      const seconds = Number(answer.headers.get('retry-after'));
      minutes.push(Math.ceil(seconds / 60));
      now += seconds * 1000 + MINUTE_MS;
      setClock(new Date(now));
    }
    expect(minutes).toEqual([15, 30, 60, 120, 240, 480, 960, 1440, 1440]);
    expect((await tryAt(app, 'grace@example.org', PASSWORD, from)).status).toBe(200);
    await failFiveTimes('grace@example.org', from);
    const afresh = await tryAt(app, 'grace@example.org', PASSWORD, from);
    expect(Number(afresh.headers.get('retry-after'))).toBeLessThanOrEqual(15 * 60);
  });

  test('whoever was locked out is in the audit log, with where from', async () => {
    await signUp(app, 'joan@example.org');
    const from = someAddress();
    await failFiveTimes('joan@example.org', from);
    for (let more = 0; more < 3; more++) await tryAt(app, 'joan@example.org', 'wrong', from);
    const events = await app.app.get(DataSource).query<object[]>(
      `SELECT action, address, details FROM audit_events
       WHERE address = $1 ORDER BY id`,
      [from],
    );
    expect(events).toEqual([
      ...Array.from({ length: 4 }, () => failure(from)),
      { action: 'sign_in.locked', address: from, details: { from, seconds: 900 } },
      failure(from),
    ]);
  });

  test('a wrong password of somebody who is signed in is recorded as another thing, and limited', async () => {
    const client = await signUp(app, 'hedy@example.org');
    const from = someAddress();
    const change = () =>
      client.post(
        'auth/password/change',
        { old_password: 'wrong', new_password: PASSWORD },
        { 'x-forwarded-for': from },
      );
    expectCode(await change(), 403, 'auth.wrong_password');
    const events = await app.app
      .get(DataSource)
      .query<object[]>('SELECT action, details FROM audit_events WHERE address = $1', [from]);
    expect(events).toEqual([
      { action: 'confirmation.failed', details: { reason: 'auth.wrong_password' } },
    ]);
    for (let time = 1; time < 30; time++) {
      await tryAt(app, `stranger${time}@example.org`, 'wrong', from);
    }
    expectCode(await change(), 429, 'request.too_many');
  });

  test('the counters hold no address and no name', async () => {
    const rows = await app.app.get(DataSource).query<object[]>('SELECT key FROM rate_limits');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toMatch(/example|127\.0|198\.51/);
  });
});

test('without a trusted proxy nobody can give another address than their own', async () => {
  ground = await createGround();
  app = await startAppOn(ground, { LOGINS_PER_MINUTE: '30' });
  try {
    await signUp(app, 'ada@example.org');
    for (let failure = 0; failure < 5; failure++) {
      await tryAt(app, 'ada@example.org', 'wrong', someAddress());
    }
    const answer = await tryAt(app, 'ada@example.org', PASSWORD, someAddress());
    expectCode(answer, 429, 'auth.locked');
    const actors = await app.app
      .get(DataSource)
      .query<object[]>("SELECT DISTINCT address FROM audit_events WHERE action = 'sign_in.failed'");
    expect(actors).toEqual([{ address: '127.0.0.1' }]);
  } finally {
    await app.close();
    await ground.remove();
  }
});

function tryAt(where: TestApp, email: string, password: string, from: string): Promise<Answer> {
  return new Client(where.origin).post(
    'auth/login',
    { email, password },
    { 'x-forwarded-for': from },
  );
}

async function failFiveTimes(email: string, from: string): Promise<void> {
  for (let failure = 0; failure < 5; failure++) {
    expect((await tryAt(app, email, 'wrong', from)).status).toBe(401);
  }
}

/** An address nobody has signed in from yet. */
function someAddress(): string {
  address += 1;
  return `198.51.${100 + Math.floor(address / 250)}.${(address % 250) + 1}`;
}

function failure(from: string) {
  return {
    action: 'sign_in.failed',
    address: from,
    details: { reason: 'auth.invalid_credentials' },
  };
}

function expectCode({ status, body }: Answer, expectedStatus: number, code: string): void {
  expect([status, body.code]).toEqual([expectedStatus, code]);
}
