import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client, signUp } from '../support/client.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';

const LIMITS = { READS_PER_MINUTE: '5', ANONYMOUS_READS_PER_MINUTE: '3' };

describe.each(['the database', 'Redis'])('reads of the catalogue, counted in %s', (where) => {
  let ground: Ground;
  let redis: RedisServer | undefined;
  let app: TestApp;
  let replica: TestApp;
  let ada: Client;
  let onReplica: Client;

  beforeAll(async () => {
    ground = await createGround();
    redis = where === 'Redis' ? await startRedisServer() : undefined;
    const settings = { ...LIMITS, ...(redis ? { REDIS_URL: redis.url } : {}) };
    app = await startAppOn(ground, settings);
    replica = await startAppOn(ground, settings);
    ada = await signUp(app, 'ada@example.org');
    onReplica = new Client(replica.origin, ada.token);
  });
  afterAll(async () => {
    await app.close();
    await replica.close();
    await redis?.stop();
    await ground.remove();
  });

  test('are told how many are left, whichever replica answers, and refused when there are none', async () => {
    const left: (string | null)[] = [];
    for (const client of [ada, onReplica, ada, onReplica, ada]) {
      const { status, headers } = await client.get('videos');
      expect([status, headers.get('ratelimit-limit')]).toEqual([200, '5']);
      left.push(headers.get('ratelimit-remaining'));
    }
    expect(left).toEqual(['4', '3', '2', '1', '0']);
    for (const client of [ada, onReplica]) {
      const { status, headers, body } = await client.get('genres');
      expect([status, body.code]).toEqual([429, 'request.too_many']);
      expect(headers.get('ratelimit-remaining')).toBe('0');
      const wait = Number(headers.get('retry-after'));
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(60);
    }
  });

  test('of one user leave those of others alone, and everything else', async () => {
    const bob = await signUp(app, 'bob@example.org');
    expect((await bob.get('videos')).status).toBe(200);
    expect((await ada.get('users/me')).status).toBe(200);
  });

  test('without a sign-in are counted by their address', async () => {
    const nobody = new Client(app.origin, 'no.such.token');
    const statuses: number[] = [];
    for (let read = 0; read < 4; read += 1) statuses.push((await nobody.get('videos')).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    expect((await new Client(replica.origin).get('genres')).status).toBe(429);
    expect((await new Client(app.origin).get('users/me')).status).toBe(401);
  });
});

test('a limit of 0 is none', async () => {
  const ground = await createGround();
  const app = await startAppOn(ground, { READS_PER_MINUTE: '0', ANONYMOUS_READS_PER_MINUTE: '0' });
  const ada = await signUp(app, 'ada@example.org');
  for (let read = 0; read < 120; read += 1) {
    const { status, headers } = await ada.get('genres');
    expect([status, headers.get('ratelimit-limit')]).toEqual([200, null]);
  }
  await app.close();
  await ground.remove();
});
