import { Redis } from 'ioredis';
import pg from 'pg';
import { bullmqOnPostgres, bullmqOnRedis } from '../../src/infrastructure/queue/bullmq-factory.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { describeJobQueue } from './job-queue.contract.js';

describe('with its jobs in PostgreSQL', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase();
  });

  afterAll(() => database.drop());

  describeJobQueue('BullmqJobQueue', () => ({
    connect: () => bullmqOnPostgres(database.url),
    empty: async () => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query('TRUNCATE bullmq.job, bullmq.scheduler, bullmq.event CASCADE');
      await client.end();
    },
  }));
});

describe('with its jobs in Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedisServer();
  });

  afterAll(() => redis.stop());

  describeJobQueue('BullmqJobQueue', () => ({
    connect: () => bullmqOnRedis(redis.url),
    empty: async () => {
      const client = new Redis(redis.url);
      await client.flushall();
      await client.quit();
    },
  }));
});
