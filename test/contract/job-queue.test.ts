import { Redis } from 'ioredis';
import { bullmqOnPostgres, bullmqOnRedis } from '../../src/infrastructure/queue/bullmq-factory.js';
import { BullmqJobQueue } from '../../src/infrastructure/queue/bullmq-job-queue.js';
import { createDatabase, query, type TestDatabase } from '../support/database.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';
import { describeJobQueue } from './job-queue.contract.js';

describe('with its jobs in PostgreSQL', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(() => database.drop());

  async function run(sql: string): Promise<void> {
    await query(database.url, sql);
  }

  describeJobQueue('BullmqJobQueue', () => ({
    connect: () => bullmqOnPostgres(database.url),
    empty: () => run('TRUNCATE bullmq.job, bullmq.scheduler, bullmq.event CASCADE'),
    cutConnections: () =>
      run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()`,
      ),
  }));
});

describe('with its jobs in Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedisServer();
  });

  afterAll(() => redis.stop());

  async function command(run: (client: Redis) => Promise<unknown>): Promise<void> {
    const client = new Redis(redis.url);
    await run(client);
    await client.quit();
  }

  describeJobQueue('BullmqJobQueue', () => ({
    connect: () => bullmqOnRedis(redis.url),
    empty: () => command((client) => client.flushall()),
    cutConnections: () => command((client) => client.call('CLIENT', 'KILL', 'SKIPME', 'yes')),
  }));

  test('a job that cannot be added because Redis is away is told as such, soon', async () => {
    let own = await startRedisServer();
    const bullmq = bullmqOnRedis(own.url);
    const queue = new BullmqJobQueue(bullmq, {
      first: 1,
      encode: 1,
      pipeline: 1,
      demo: 1,
      background: 1,
    });
    await queue.ping();
    await own.stop();
    const began = Date.now();
    await expect(queue.add('demo-clip', { slug: 'a' })).rejects.toThrow();
    await expect(queue.ping()).rejects.toThrow();
    expect(Date.now() - began).toBeLessThan(20_000);
    own = await startRedisServer({ port: own.port });
    await until(() =>
      queue.ping().then(
        () => true,
        () => false,
      ),
    );
    await queue.onApplicationShutdown();
    await own.stop();
  });
});
