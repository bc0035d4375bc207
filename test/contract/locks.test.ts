import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresLocks } from '../../src/infrastructure/locks/postgres-locks.js';
import { createDatabase, query, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';

let database: TestDatabase;
let here: PostgresLocks;
let there: PostgresLocks;

beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  here = new PostgresLocks(database.url);
  there = new PostgresLocks(database.url);
});
afterEach(async () => {
  await here.onApplicationShutdown();
  await there.onApplicationShutdown();
});

test('a lock is held by one, in one process and in several', async () => {
  const lock = await here.acquire('a');
  expect(lock?.isLost).toBe(false);
  const others = [here.acquire('a'), there.acquire('a'), there.acquire('a')];
  expect(await Promise.all(others)).toEqual([undefined, undefined, undefined]);
  const other = await there.acquire('b');
  expect(other).toBeDefined();
  await lock?.release();
  await lock?.release();
  expect(await there.acquire('a')).toBeDefined();
});

test('the holder is told that somebody waits, and whoever waits gets the lock', async () => {
  for (const other of [here, there]) {
    let wanted: () => void = () => undefined;
    const lock = await here.acquire('a', { onWanted: () => wanted() });
    wanted = () => void lock?.release();
    const next = await other.acquire('a');
    expect(next).toBeDefined();
    await next?.release();
  }
});

test('whoever takes only what is free disturbs nobody', async () => {
  let isTold = false;
  const lock = await here.acquire('a', { onWanted: () => (isTold = true) });
  expect(await here.acquireFree('a')).toBeUndefined();
  expect(await there.acquireFree('a')).toBeUndefined();
  await lock?.release();
  expect(isTold).toBe(false);
  expect(await there.acquireFree('a')).toBeDefined();
});

test('of many who ask at once, one at a time has it', async () => {
  let holders = 0;
  const turns = Array.from({ length: 12 }, async (_, at) => {
    const lock = await (at % 2 ? here : there).acquire('a');
    if (!lock) return 'late';
    holders += 1;
    const alone = holders === 1;
    await sleep(5);
    holders -= 1;
    await lock.release();
    return alone;
  });
  const outcomes = await Promise.all(turns);
  expect(outcomes).toContain(true);
  expect(outcomes).not.toContain(false);
});

test('a process that ends, and a connection that breaks, let go of their locks', async () => {
  let isTold = false;
  const lock = await here.acquire('a', { onLost: () => (isTold = true) });
  await query(
    database.url,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'videoflix locks' AND datname = current_database()`,
  );
  await until(() => isTold);
  expect(lock?.isLost).toBe(true);
  const next = await there.acquire('a');
  expect(next).toBeDefined();
  // Whoever lost it is still at work, and has to let go first.
  expect(await here.acquire('a')).toBeUndefined();
  await lock?.release();
  await there.onApplicationShutdown();
  expect(await there.acquire('a')).toBeUndefined();
  expect(await here.acquire('a')).toBeDefined();
});
