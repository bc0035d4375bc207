import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/infrastructure/database/data-source-options.js';
import { postgresRateLimiter } from '../../src/infrastructure/rate-limiter/postgres-rate-limiter.js';
import { redisRateLimiter } from '../../src/infrastructure/rate-limiter/redis-rate-limiter.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { describeRateLimiter } from './rate-limiter.contract.js';

const LIMIT = { name: 'sign-in', points: 3, seconds: 60 };

describe('with its counts in PostgreSQL', () => {
  const dataSources: DataSource[] = [];
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(async () => {
    await Promise.all(dataSources.map((dataSource) => dataSource.destroy()));
    await database.drop();
  });

  async function connect(): Promise<DataSource> {
    const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    dataSources.push(dataSource);
    return dataSource;
  }

  describeRateLimiter('a rate limiter', () => ({
    connect: async () => postgresRateLimiter(await connect()),
    read: async () => JSON.stringify(await dataSources[0]?.query('SELECT * FROM rate_limits')),
  }));

  test('what has expired is cleared, until the end', async () => {
    const dataSource = await connect();
    const names = async (): Promise<string[]> => {
      const rows = await dataSource.query(
        `SELECT split_part(key, ':', 1) AS name FROM rate_limits`,
      );
      return rows.map(({ name }: { name: string }) => name).sort();
    };
    await dataSource.query('TRUNCATE rate_limits');
    const limiter = postgresRateLimiter(dataSource, { clearingMilliseconds: 100 });
    await limiter.consume({ ...LIMIT, name: 'long' }, 'key');
    await limiter.consume({ ...LIMIT, name: 'short', seconds: 1 }, 'key');
    expect(await names()).toEqual(['long', 'short']);
    await until(async () => (await names()).length === 1, { seconds: 20 });
    expect(await names()).toEqual(['long']);

    await limiter.consume({ ...LIMIT, name: 'short', seconds: 1 }, 'key');
    limiter.onApplicationShutdown();
    await sleep(1300);
    expect(await names()).toEqual(['long', 'short']);
  });

  test('a database that is away is an error, for without it nothing works', async () => {
    const dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
    const limiter = postgresRateLimiter(dataSource, { clearingMilliseconds: 10 });
    await dataSource.destroy();
    await expect(limiter.consume(LIMIT, 'key')).rejects.toThrow();
    await sleep(50);
    limiter.onApplicationShutdown();
  });
});

describe('with its counts in Redis', () => {
  let redis: RedisServer;
  let warnings: jest.SpyInstance;

  beforeAll(async () => {
    redis = await startRedisServer();
  });

  // Redis is taken away on purpose, which is logged.
  beforeEach(() => {
    warnings = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
  });

  afterEach(() => warnings.mockRestore());

  afterAll(() => redis.stop());

  describeRateLimiter('a rate limiter', () => ({
    connect: () => redisRateLimiter(redis.url),
    read: async () => {
      const client = new Redis(redis.url);
      const keys = await client.keys('*');
      const entries = keys.map(async (key) => `${key}=${await client.get(key)}`);
      const stored = (await Promise.all(entries)).join('\n');
      await client.quit();
      return stored;
    },
  }));

  test('every count ends', async () => {
    const limiter = await redisRateLimiter(redis.url);
    const client = new Redis(redis.url);
    await client.flushall();
    await limiter.consume({ ...LIMIT, seconds: 0.2 }, 'a');
    await limiter.consume(LIMIT, 'b');
    await limiter.block(LIMIT, 'c', 0);
    const keys = await client.keys('*');
    expect(keys).toHaveLength(3);
    for (const key of keys) expect(await client.ttl(key)).toBeGreaterThan(0);
    await client.quit();
    limiter.onApplicationShutdown();
  });

  test('each process counts by itself while Redis is away, and together when it is back', async () => {
    let own = await startRedisServer();
    const [limiter, other] = [await redisRateLimiter(own.url), await redisRateLimiter(own.url)];
    await limiter.consume(LIMIT, 'key');
    await own.stop();

    const began = Date.now();
    for (const used of [1, 2, 3, 4]) {
      expect(await limiter.consume(LIMIT, 'key')).toMatchObject({ used, allowed: used <= 3 });
    }
    await limiter.block(LIMIT, 'key', 60);
    expect(await limiter.look(LIMIT, 'key')).toMatchObject({ allowed: false });
    await limiter.forget(LIMIT, 'key');
    expect(await limiter.look(LIMIT, 'key')).toMatchObject({ used: 0 });
    expect(await other.look(LIMIT, 'key')).toMatchObject({ used: 0 });
    expect(Date.now() - began).toBeLessThan(10_000);

    await until(() => warnings.mock.calls.length >= 2, { seconds: 20 });
    await sleep(2500);
    expect(warnings.mock.calls).toEqual([
      [expect.stringContaining('until Redis is back')],
      [expect.stringContaining('until Redis is back')],
    ]);

    own = await startRedisServer({ port: own.port });
    await until(async () => {
      const mark = `mark ${Date.now()}`;
      await limiter.consume(LIMIT, mark);
      return (await other.look(LIMIT, mark)).used === 1;
    });
    [limiter, other].forEach((one) => one.onApplicationShutdown());
    await own.stop();
  });

  test('a Redis that hangs costs a moment for each answer', async () => {
    const limiter = await redisRateLimiter(redis.url);
    const client = new Redis(redis.url);
    await client.call('CLIENT', 'PAUSE', '15000');
    const began = Date.now();
    const answers = await Promise.all([
      limiter.consume(LIMIT, 'hanging'),
      limiter.look(LIMIT, 'somebody else'),
      limiter.block(LIMIT, 'blocked', 60),
      limiter.forget(LIMIT, 'forgotten'),
    ]);
    expect(answers).toMatchObject([{ used: 1 }, { used: 0 }, undefined, undefined]);
    expect(Date.now() - began).toBeLessThan(10_000);
    client.disconnect();
    limiter.onApplicationShutdown();
  });

  test.each(['redis://127.0.0.1:1', 'redis://192.0.2.1', 'redis://no-such-host.invalid'])(
    'a Redis that was never there costs no answer either: %s',
    async (url) => {
      const began = Date.now();
      const limiter = await redisRateLimiter(url);
      expect(await limiter.consume(LIMIT, 'key')).toMatchObject({ used: 1, allowed: true });
      expect(Date.now() - began).toBeLessThan(10_000);
      limiter.onApplicationShutdown();
    },
  );
});
