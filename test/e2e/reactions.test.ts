import { randomUUID } from 'node:crypto';
import { AccountEraser } from '../../src/account/account-eraser.service.js';
import type { Problem } from '../../src/common/problem.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { query } from '../support/database.js';
import { makeFilm, statsOf, type Film } from '../support/films.js';
import { makePerson, type Person } from '../support/people.js';

let ground: Ground;
let app: TestApp;
/** Another process of the same installation. */
let other: TestApp;
let anna: Person;
let ben: Person;
let people: Person[];

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground);
  other = await startAppOn(ground, { ROLES: 'api' });
  [anna, ben] = [await makePerson(app), await makePerson(app)];
  people = await Promise.all(Array.from({ length: 10 }, () => makePerson(app)));
});
afterAll(async () => {
  await other.close();
  await app.close();
  await ground.remove();
});

const film = (of: Film = {}) => makeFilm(app, anna, of);
const like = ({ client }: Person, id: string) => client.send('PUT', `videos/${id}/like`);
const unlike = ({ client }: Person, id: string) => client.send('DELETE', `videos/${id}/like`);
const rate = ({ client }: Person, id: string, stars: unknown) =>
  client.send('PUT', `videos/${id}/rating`, { stars });
const unrate = ({ client }: Person, id: string) => client.send('DELETE', `videos/${id}/rating`);
const mine = async ({ client }: Person, id: string) =>
  (await client.get(`videos/${id}/mine`)).body as unknown;

/** The counts as they ought to be: from the rows themselves. */
async function countedAnew(id: string) {
  const [counts] = await query(
    app.databaseUrl,
    `SELECT count(liked_at)::integer AS likes, count(stars)::integer AS rating_count,
       coalesce(sum(stars), 0)::integer AS rating_sum
     FROM reactions WHERE video_id = $1`,
    [id],
  );
  return counts;
}

describe('likes and stars', () => {
  test('count once, whoever repeats them, and can be taken back', async () => {
    const id = await film();
    for (let times = 0; times < 2; times += 1) expect((await like(ben, id)).status).toBe(204);
    for (const stars of [2, 5, 5]) expect((await rate(ben, id, stars)).status).toBe(204);
    expect((await rate(anna, id, 1)).status).toBe(204);
    expect(await statsOf(app, id)).toMatchObject({ likes: 1, rating_count: 2, rating_sum: 6 });
    for (let times = 0; times < 2; times += 1) {
      expect((await unlike(ben, id)).status).toBe(204);
      expect((await unrate(ben, id)).status).toBe(204);
    }
    expect(await statsOf(app, id)).toMatchObject({ likes: 0, rating_count: 1, rating_sum: 1 });
    const left = await query(app.databaseUrl, 'SELECT 1 FROM reactions WHERE user_id = $1', [
      ben.id,
    ]);
    expect(left).toEqual([]);
  });

  test.each([0, 6, 1.5, '3', null, undefined])('of %p stars are refused', async (stars) => {
    const { status, body } = await rate(ben, await film(), stars);
    const { code, errors } = body as Problem;
    expect([status, code, errors?.[0]?.field]).toEqual([400, 'request.invalid', 'stars']);
  });

  test('are for those who may know of a video', async () => {
    const id = await film({ visibility: 'PRIVATE' });
    for (const unknown of [id, randomUUID()]) {
      for (const { status, body } of [await like(ben, unknown), await rate(ben, unknown, 3)]) {
        expect([status, (body as Problem).code]).toEqual([404, 'video.not_found']);
      }
      expect((await ben.client.get(`videos/${unknown}/mine`)).status).toBe(404);
    }
    expect((await like(anna, id)).status).toBe(204);
    for (const answer of [
      await like(ben, 'seven'),
      await rate(ben, '7', 3),
      await unlike(ben, '7'),
    ]) {
      expect(answer.status).toBe(400);
    }
    expect((await ben.client.get('videos/7/mine')).status).toBe(400);
  });

  test('of many at once, on two processes, leave exact counts', async () => {
    const ids = [await film(), await film()];
    const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)] as T;
    const acts = Array.from({ length: 200 }, () => {
      const { client } = pick(people);
      const { origin } = pick([app, other]);
      const person = { ...anna, client: new Client(origin, client.token) };
      const id = pick(ids);
      const stars = pick([1, 2, 3, 4, 5]);
      return pick([
        () => like(person, id),
        () => unlike(person, id),
        () => rate(person, id, stars),
        () => unrate(person, id),
      ]);
    });
    for (let from = 0; from < acts.length; from += 50) {
      const answers = await Promise.all(acts.slice(from, from + 50).map((act) => act()));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
    }
    for (const id of ids)
      expect(await statsOf(app, id)).toMatchObject((await countedAnew(id)) ?? {});
    await Promise.all(people.map((person) => like(person, ids[0] ?? '')));
    expect((await statsOf(app, ids[0] ?? '')).likes).toBe(people.length);
  });

  test('go with the account, also when many go at once', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => film()));
    const guests = await Promise.all(
      Array.from({ length: 6 }, () => makePerson(app, { isDemo: true })),
    );
    for (const guest of guests) {
      await Promise.all(ids.map((id) => like(guest, id)));
      await Promise.all(ids.map((id) => rate(guest, id, 4)));
    }
    await like(ben, ids[0] ?? '');
    expect(await statsOf(app, ids[0] ?? '')).toMatchObject({ likes: 7, rating_count: 6 });
    const eraser = app.app.get(AccountEraser, { strict: false });
    await Promise.all(guests.map(({ id }) => eraser.erase(id)));
    const counts = await Promise.all(ids.map((id) => statsOf(app, id)));
    expect(counts.map(({ likes }) => likes)).toEqual([1, ...Array<number>(9).fill(0)]);
    expect(new Set(counts.map(({ rating_sum }) => rating_sum))).toEqual(new Set([0]));
  });

  test('neither touch the video’s own row nor the catalogue’s caches', async () => {
    const id = await film();
    const look = async () =>
      query(
        app.databaseUrl,
        `SELECT videos.xmin::text, last_value FROM videos, catalogue_generation WHERE id = $1`,
        [id],
      );
    const before = await look();
    await like(ben, id);
    await rate(ben, id, 4);
    expect(await look()).toEqual(before);
  });
});

describe('one’s own state', () => {
  test('is what one has done with a video, and nothing of others', async () => {
    const id = await film();
    const nothing = { liked: false, stars: null, in_list: false, progress: null };
    expect(await mine(ben, id)).toEqual(nothing);
    await like(ben, id);
    await rate(ben, id, 3);
    await ben.client.send('PUT', `me/list/${id}`);
    await ben.client.send('PUT', `videos/${id}/progress`, { position_seconds: 100 });
    expect(await mine(ben, id)).toEqual({
      ...{ liked: true, stars: 3, in_list: true },
      progress: {
        ...{ position_seconds: 100, percent: 10, is_finished: false },
        watched_at: expect.any(String) as string,
      },
    });
    expect(await mine(anna, id)).toEqual(nothing);
  });

  test('has all that one likes, the last liked first, page by page', async () => {
    const person = await makePerson(app);
    const ids = [await film(), await film(), await film({ visibility: 'UNLISTED' })];
    for (const id of ids) await like(person, id);
    await rate(person, await film(), 5);
    const liked = async (asked = '') => {
      const { body } = await person.client.get(`me/likes${asked}`);
      const { entries, ...page } = body as {
        entries: { video: { id: string }; liked_at: string }[];
      };
      return { ids: entries.map(({ video }) => video.id), page };
    };
    expect((await liked()).ids).toEqual(ids.toReversed());
    expect(await liked('?page=2&page_size=2')).toMatchObject({
      ids: [ids[0]],
      page: { total_count: 3, total_pages: 2, has_more: false },
    });
    await query(app.databaseUrl, `UPDATE videos SET visibility = 'PRIVATE' WHERE id = $1`, [
      ids[2],
    ]);
    await unlike(person, ids[1] ?? '');
    expect((await liked()).ids).toEqual([ids[0]]);
    expect((await person.client.get('me/likes?page=0')).status).toBe(400);
  });
});
