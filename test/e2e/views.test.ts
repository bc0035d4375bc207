import fc from 'fast-check';
import { Trends } from '../../src/library/views/trends.service.js';
import { JobQueue } from '../../src/ports/job-queue.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { query } from '../support/database.js';
import { makeFilm, statsOf, type Film } from '../support/films.js';
import { makePerson, type Person } from '../support/people.js';
import { freePort, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

let ground: Ground;
let app: TestApp;
/** Another process of the same installation. */
let other: TestApp;
let anna: Person;
let people: Person[];

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground);
  other = await startAppOn(ground, { ROLES: 'api' });
  anna = await makePerson(app);
  people = await Promise.all(Array.from({ length: 20 }, () => makePerson(app)));
});
afterAll(async () => {
  await other.close();
  await app.close();
  await ground.remove();
});

const film = (of: Film = {}) => makeFilm(app, anna, of);
const sql = (text: string, values: unknown[] = []) => query(ground.databaseUrl, text, values);

async function report({ client }: Person, id: string, seconds: number): Promise<void> {
  const body = { position_seconds: seconds };
  expect((await client.send('PUT', `videos/${id}/progress`, body)).status).toBe(200);
}

/** As if what was reported last were older. */
async function pass(id: string, seconds: number): Promise<void> {
  await sql(
    `UPDATE watch_progress SET watched_at = watched_at - $2 * interval '1 second'
     WHERE video_id = $1`,
    [id, seconds],
  );
}

/** As a player does, every ten seconds. */
async function play(person: Person, id: string, from: number, to: number): Promise<void> {
  await report(person, id, from);
  for (let at = from; at < to;) {
    const step = Math.min(10, to - at);
    await pass(id, step);
    at += step;
    await report(person, id, at);
  }
}

/** The half hours of all who have watched are over. */
async function halfAnHourLater(): Promise<void> {
  await sql(`UPDATE rate_limits SET expire = 0 WHERE key LIKE 'views:%'`);
  await sql(`UPDATE watch_progress SET watched_at = watched_at - interval '31 minutes'`);
}

/** What is counted once all that was gathered is written: a view of another film is behind it. */
async function viewsOf(id: string): Promise<number> {
  const marker = await film({ seconds: 3 });
  await play(await makePerson(app), marker, 0, 2);
  await until(async () => (await statsOf(app, marker)).views === 1, { what: 'the marker’s view' });
  return (await statsOf(app, id)).views;
}

describe('a view', () => {
  test.each([
    ['an hour', 3600, 9, 10],
    ['fifteen seconds', 15, 4.5, 5],
    ['nobody knows how long', null, 9, 10],
  ])('of a film of %s takes ten seconds or a third of it', async (_, seconds, before, enough) => {
    const id = await film({ seconds });
    const person = await makePerson(app);
    await play(person, id, 0, before);
    expect(await viewsOf(id)).toBe(0);
    await pass(id, enough - before);
    await report(person, id, enough);
    expect(await viewsOf(id)).toBe(1);
  });

  test('counts once in half an hour for one viewer, who may forget it meanwhile', async () => {
    const id = await film();
    const person = await makePerson(app);
    await play(person, id, 0, 20);
    await play(person, id, 0, 20);
    expect((await person.client.send('DELETE', `me/history/${id}`)).status).toBe(204);
    await play(person, id, 0, 20);
    expect(await viewsOf(id)).toBe(1);
    await halfAnHourLater();
    await play(person, id, 60, 69);
    expect(await viewsOf(id)).toBe(1);
    await pass(id, 1);
    await report(person, id, 70);
    expect(await viewsOf(id)).toBe(2);
  });

  test('of a film that is watched for hours is one', async () => {
    const id = await film({ seconds: 7200 });
    const person = await makePerson(app);
    await play(person, id, 0, 10);
    await sql(`UPDATE rate_limits SET expire = 0 WHERE key LIKE 'views:%'`);
    await play(person, id, 10, 60);
    expect(await viewsOf(id)).toBe(1);
  });

  test('is not had by jumping, by waiting, or by telling much at once', async () => {
    const id = await film();
    const person = await makePerson(app);
    for (const at of [0, 300, 600, 900]) {
      await report(person, id, at);
      await pass(id, 5);
    }
    await pass(id, 20);
    await report(person, id, 900);
    for (let at = 900; at < 990; at += 5) await report(person, id, at);
    expect(await viewsOf(id)).toBe(0);
  });

  test('of many at once, on two processes, is counted exactly', async () => {
    const id = await film();
    const everywhere = people.flatMap(({ client, ...person }) =>
      [app, other].map(({ origin }) => ({ ...person, client: new Client(origin, client.token) })),
    );
    await Promise.all(everywhere.map((person) => report(person, id, 0)));
    await pass(id, 10);
    await Promise.all(everywhere.map((person) => report(person, id, 10)));
    await until(async () => (await statsOf(app, id)).views >= people.length);
    expect(await viewsOf(id)).toBe(people.length);
    const [hours] = await sql(
      'SELECT sum(views)::integer AS views FROM view_hours WHERE video_id = $1',
      [id],
    );
    expect(hours).toEqual({ views: people.length });
  });

  test('that was not written yet is written when its process ends', async () => {
    const server = new ServerProcess({
      ...{ PORT: await freePort(), ROLES: 'api', SECRET_KEY: 'a secret of thirty-two characters' },
      ...{ DATABASE_URL: ground.databaseUrl, DATA_DIR: ground.dataDir },
    });
    await server.listening();
    const id = await film();
    const person = { ...anna, client: new Client(server.origin, anna.client.token) };
    await play(person, id, 0, 10);
    expect((await server.stop('SIGTERM')).code).toBe(0);
    expect((await statsOf(app, id)).views).toBe(1);
  });

  test('of a film that went meanwhile holds up no other', async () => {
    const [gone, id] = [await film(), await film()];
    await play(anna, gone, 0, 10);
    await sql('DELETE FROM videos WHERE id = $1', [gone]);
    await play(anna, id, 0, 10);
    expect(await viewsOf(id)).toBe(1);
  });

  test('needs a film that can be played', async () => {
    const id = await film({ playable: false });
    await play(await makePerson(app), id, 0, 20);
    expect(await viewsOf(id)).toBe(0);
  });

  test('touches neither the video’s own row nor the catalogue’s caches', async () => {
    const id = await film();
    const look = async () =>
      sql(`SELECT videos.xmin::text, last_value FROM videos, catalogue_generation WHERE id = $1`, [
        id,
      ]);
    const before = await look();
    await play(anna, id, 0, 10);
    expect(await viewsOf(id)).toBe(1);
    await app.app.get(Trends, { strict: false }).refresh();
    expect(await look()).toEqual(before);
  });
});

describe('the trend', () => {
  const refresh = () => app.app.get(Trends, { strict: false }).refresh();

  async function watched(id: string, hoursAgo: number, views: number): Promise<void> {
    await sql(
      `INSERT INTO view_hours (video_id, hour, views)
       VALUES ($1, date_trunc('hour', now(), 'UTC') - $2 * interval '1 hour', $3)`,
      [id, hoursAgo, views],
    );
  }

  test('is the number of views, each half as much after a day and nothing after a week', async () => {
    await refresh();
    const bucket = fc.record({
      hoursAgo: fc.integer({ min: 0, max: 240 }),
      views: fc.integer({ min: 1, max: 100_000 }),
    });
    const buckets = fc.uniqueArray(bucket, { selector: ({ hoursAgo }) => hoursAgo, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(buckets, async (all) => {
        const id = await film();
        for (const { hoursAgo, views } of all) await watched(id, hoursAgo, views);
        await refresh();
        const expected = all
          .filter(({ hoursAgo }) => hoursAgo < 168)
          .reduce((sum, { hoursAgo, views }) => sum + views * 0.5 ** (hoursAgo / 24), 0);
        expect((await statsOf(app, id)).trend).toBeCloseTo(expected, 2);
      }),
      { numRuns: 15 },
    );
  });

  test('is written where it has changed, and falls to nothing in the end', async () => {
    const [id, quiet] = [await film(), await film()];
    await watched(id, 0, 3);
    await watched(quiet, 2, 1);
    await refresh();
    const version = async (of: string) =>
      sql('SELECT xmin::text FROM video_stats WHERE video_id = $1', [of]);
    const before = await version(quiet);
    await sql('UPDATE view_hours SET views = 5 WHERE video_id = $1', [id]);
    expect(await refresh()).toBe('the trend of 1 video changed');
    expect(await version(quiet)).toEqual(before);
    expect(await statsOf(app, id)).toMatchObject({ trend: 5 });
    await sql(`UPDATE view_hours SET hour = hour - interval '8 days' WHERE video_id = $1`, [id]);
    expect(await refresh()).toBe('the trend of 1 video changed');
    expect(await statsOf(app, id)).toMatchObject({ trend: 0 });
    expect(await sql('SELECT 1 FROM view_hours WHERE video_id = $1', [id])).toEqual([]);
  });

  test('is a scheduled task', async () => {
    await app.app.get(JobQueue).add('refresh-trends', {});
    const run = await until(async () =>
      (
        await sql(
          `SELECT outcome FROM schedule_runs
           WHERE schedule = 'refresh-trends' AND outcome <> 'running'`,
        )
      ).at(0),
    );
    expect(run).toEqual({ outcome: 'succeeded' });
  });
});
