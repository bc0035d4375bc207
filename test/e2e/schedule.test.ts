import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { setClock } from '../support/clock.js';
import { filesBelow } from '../support/files.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

/** All on 8 March 2026, a Sunday, in UTC. */
const JUST_BEFORE_SIX = '2026-03-08T05:59:58Z';
const NINE = '2026-03-08T09:00:00Z';
const THE_DAY_BEFORE = '2026-03-07T12:00:00Z';

describe.each(['PostgreSQL', 'Redis'])('the weekly export, with its schedule in %s', (store) => {
  let redis: RedisServer;
  let ground: Ground;
  const apps: TestApp[] = [];

  beforeEach(async () => {
    redis = await startRedisServer();
    ground = await createGround();
  });

  afterEach(async () => {
    jest.useRealTimers();
    for (const app of apps.splice(0)) await app.close();
    await ground.remove();
    await redis.stop();
  });

  async function startAt(time: string, settings: Record<string, string> = {}): Promise<TestApp> {
    setClock(time);
    const queue = store === 'Redis' ? { REDIS_URL: redis.url } : {};
    const app = await startAppOn(ground, { ...queue, ...settings });
    apps.push(app);
    return app;
  }

  async function stop(app: TestApp): Promise<void> {
    apps.splice(apps.indexOf(app), 1);
    await app.close();
  }

  async function exported(): Promise<string[]> {
    return filesBelow(path.join(ground.dataDir, 'exports'));
  }

  async function oneExport(): Promise<string> {
    return until(async () => (await exported()).find((name) => name.endsWith('.json')), {
      what: 'the export',
    });
  }

  /** The record of runs, oldest first, once `count` of them have ended. */
  async function runs(
    count: number,
  ): Promise<{ schedule: string; outcome: string; detail: string }[]> {
    const client = new pg.Client({ connectionString: ground.databaseUrl });
    await client.connect();
    try {
      return await until(async () => {
        const { rows } = await client.query<{ schedule: string; outcome: string; detail: string }>(
          "SELECT schedule, outcome, detail FROM schedule_runs WHERE schedule = 'weekly-export' ORDER BY started_at",
        );
        const ended = rows.filter(({ outcome }) => outcome !== 'running');
        return ended.length >= count && ended;
      });
    } finally {
      await client.end();
    }
  }

  test('is written on Sunday at six', async () => {
    await stop(await startAt(THE_DAY_BEFORE));
    await startAt(JUST_BEFORE_SIX);
    const name = await oneExport();
    expect(name).toMatch(/^video_data_2026-03-08_06-00-\d\d\.json$/);
    const file = path.join(ground.dataDir, 'exports', name);
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ format: 'videoflix-export' });
    expect(await runs(1)).toEqual([
      {
        schedule: 'weekly-export',
        outcome: 'succeeded',
        detail: expect.stringContaining(name) as string,
      },
    ]);
  });

  test('means six o’clock where TIME_ZONE is', async () => {
    const settings = { TIME_ZONE: 'Europe/Berlin' };
    await stop(await startAt(THE_DAY_BEFORE, settings));
    await startAt('2026-03-08T04:59:58Z', settings);
    expect(await oneExport()).toMatch(/^video_data_2026-03-08_05-00-\d\d\.json$/);
  });

  test('keeps its hour in the night in which summer time begins', async () => {
    const settings = { TIME_ZONE: 'Europe/Berlin' };
    await stop(await startAt('2026-03-28T12:00:00Z', settings));
    await startAt('2026-03-29T03:59:58Z', settings);
    expect(await oneExport()).toMatch(/^video_data_2026-03-29_04-00-\d\d\.json$/);
  });

  test('is written once, however many processes there are', async () => {
    await stop(await startAt(THE_DAY_BEFORE));
    await Promise.all([startAt(JUST_BEFORE_SIX), startAt(JUST_BEFORE_SIX)]);
    await oneExport();
    await sleep(1500);
    expect(await exported()).toHaveLength(1);
    expect(await runs(1)).toHaveLength(1);
  });

  test('that was missed is made up for at the next start, and only then', async () => {
    await stop(await startAt(THE_DAY_BEFORE));
    expect(await exported()).toEqual([]);
    const sunday = await startAt(NINE);
    expect(await oneExport()).toMatch(/^video_data_2026-03-08_09-00-\d\d\.json$/);
    await runs(1);
    await stop(sunday);
    await startAt('2026-03-08T10:00:00Z');
    await sleep(1000);
    expect(await exported()).toHaveLength(1);
  });

  test('that fails is told as such and tried again', async () => {
    const inTheWay = path.join(ground.dataDir, 'exports');
    await writeFile(inTheWay, '');
    await stop(await startAt(THE_DAY_BEFORE));
    await startAt(NINE);
    const record = await runs(3);
    expect(record.map(({ outcome }) => outcome)).toEqual(['failed', 'failed', 'failed']);
    expect(record[0]?.detail).toContain('exports');
  });
});
