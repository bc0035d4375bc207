import { randomUUID } from 'node:crypto';
import type { Problem } from '../../src/common/problem.js';
import { startApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { makeFilm, type Film } from '../support/films.js';
import { makePerson, type Person } from '../support/people.js';

let app: TestApp;
let anna: Person;
let ben: Person;
let staff: Person;
let guest: Person;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90', ENCODE_PRESET: 'ultrafast' });
  [anna, ben] = [await makePerson(app), await makePerson(app)];
  staff = await makePerson(app, { role: 'staff' });
  guest = await makePerson(app, { isDemo: true });
});
afterAll(() => app.close());

const film = (of: Film = {}) => makeFilm(app, anna, of);

async function watch({ client }: Person, id: string, seconds: number) {
  return client.send('PUT', `videos/${id}/progress`, { position_seconds: seconds });
}

interface Watched {
  video: { id: string };
  progress: { position_seconds: number; percent: number; is_finished: boolean };
}

async function entriesOf(client: Client, address: string): Promise<Watched[]> {
  const { status, body } = await client.get(address);
  expect(status).toBe(200);
  return body.entries as Watched[];
}

async function idsIn(address: string, { client }: Person): Promise<string[]> {
  return (await entriesOf(client, address)).map(({ video }) => video.id);
}

const continuedBy = (person: Person) => idsIn('me/continue-watching', person);
const historyOf = (person: Person) => idsIn('me/history', person);
const listOf = (person: Person) => idsIn('me/list', person);

describe('progress', () => {
  test('is kept where the player says, also on another device later', async () => {
    const id = await film();
    expect(await watch(ben, id, 100.5)).toMatchObject({
      status: 200,
      body: { position_seconds: 100.5, percent: 10, is_finished: false },
    });
    expect((await watch(ben, id, 40)).body).toMatchObject({ position_seconds: 40, percent: 4 });
    expect(await entriesOf(ben.client, 'me/history')).toMatchObject([
      { video: { id, title: 'A film' }, progress: { position_seconds: 40 } },
    ]);
  });

  test('behind the end is at the end', async () => {
    const { body } = await watch(ben, await film({ seconds: 60 }), 10_000);
    expect(body).toMatchObject({ position_seconds: 60, percent: 100, is_finished: true });
  });

  test('in a film of which nobody knows the length yet has no percentage', async () => {
    const { body } = await watch(ben, await film({ seconds: null }), 45);
    expect(body).toMatchObject({ position_seconds: 45, percent: 0, is_finished: false });
  });

  test.each([
    ['before the beginning', { position_seconds: -1 }],
    ['that is no number', { position_seconds: '12' }],
    ['beyond all clocks', { position_seconds: 1e12 }],
    ['that is not told', {}],
  ])('%s is refused', async (_, body) => {
    const answer = await ben.client.send('PUT', `videos/${await film()}/progress`, body);
    expect(answer.status).toBe(400);
    const { code, errors } = answer.body as Problem;
    expect([code, errors?.[0]?.field]).toEqual(['request.invalid', 'position_seconds']);
  });

  test('cannot be kept of what one may not know of', async () => {
    const id = await film({ visibility: 'PRIVATE' });
    for (const unknown of [id, randomUUID()]) {
      const answer = await watch(ben, unknown, 100);
      expect([answer.status, (answer.body as Problem).code]).toEqual([404, 'video.not_found']);
    }
    expect((await watch(anna, id, 100)).status).toBe(200);
    expect((await watch(staff, id, 100)).status).toBe(200);
    expect((await watch(ben, 'film', 100)).status).toBe(400);
  });

  test('told twenty times at once is one line of the history', async () => {
    const [person, id] = [await makePerson(app), await film()];
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => watch(person, id, at)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await historyOf(person)).toEqual([id]);
  });

  test('of a demo guest is kept as well', async () => {
    expect((await watch(guest, await film(), 100)).status).toBe(200);
  });
});

describe('what one goes on watching', () => {
  test.each([
    ['an hour', 3600, [29.9, 30]],
    ['five minutes', 300, [14.9, 15]],
  ])('begins after 30 seconds or 5 %% of %s', async (_, seconds, [before = 0, after = 0]) => {
    const [person, id] = [await makePerson(app), await film({ seconds })];
    await watch(person, id, before);
    expect(await continuedBy(person)).toEqual([]);
    await watch(person, id, after);
    expect(await continuedBy(person)).toEqual([id]);
  });

  test('ends at 95 %, and stays in the history', async () => {
    const [person, id] = [await makePerson(app), await film()];
    await watch(person, id, 949);
    expect(await continuedBy(person)).toEqual([id]);
    await watch(person, id, 950);
    expect(await continuedBy(person)).toEqual([]);
    expect(await historyOf(person)).toEqual([id]);
  });

  test('may have a length that nobody knows, but has to be playable', async () => {
    const person = await makePerson(app);
    const [known, unknown] = [await film({ playable: false }), await film({ seconds: null })];
    await watch(person, known, 100);
    await watch(person, unknown, 100);
    expect(await continuedBy(person)).toEqual([unknown]);
  });

  test('can be taken off without a hole in the history, until it is watched again', async () => {
    const [person, id] = [await makePerson(app), await film()];
    await watch(person, id, 500);
    expect((await person.client.send('DELETE', `me/continue-watching/${id}`)).status).toBe(204);
    expect(await continuedBy(person)).toEqual([]);
    expect(await historyOf(person)).toEqual([id]);
    await watch(person, id, 510);
    expect(await continuedBy(person)).toEqual([id]);
  });

  test('has what was watched last at first, page by page', async () => {
    const person = await makePerson(app);
    const ids = [await film(), await film(), await film()];
    for (const id of ids) await watch(person, id, 100);
    await watch(person, ids[0] ?? '', 110);
    const order = [ids[0], ids[2], ids[1]];
    expect(await continuedBy(person)).toEqual(order);
    const { body } = await person.client.get('me/continue-watching?page=2&page_size=2');
    expect(body).toMatchObject({ total_count: 3, total_pages: 2, has_more: false });
    expect((body.entries as Watched[]).map(({ video }) => video.id)).toEqual([order[2]]);
  });

  test('lacks what was deleted or made private since', async () => {
    const person = await makePerson(app);
    const [deleted, hidden, shown] = [await film(), await film(), await film()];
    for (const id of [deleted, hidden, shown]) await watch(person, id, 100);
    expect((await anna.client.send('DELETE', `videos/${deleted}`)).status).toBe(204);
    await query(app.databaseUrl, `UPDATE videos SET visibility = 'PRIVATE' WHERE id = $1`, [
      hidden,
    ]);
    expect(await continuedBy(person)).toEqual([shown]);
    expect(await historyOf(person)).toEqual([shown]);
  });

  describe('after an episode that has ended', () => {
    /** Three episodes in two seasons. */
    async function series(): Promise<[string, string, string]> {
      const { status, body } = await anna.client.post('series', { title: 'Tides' });
      expect(status).toBe(201);
      const ids = [await film(), await film(), await film()] as const;
      const places = [[1, 1], [1, 2], [2, 1]]; // prettier-ignore
      for (const [at, id] of ids.entries()) {
        await query(
          app.databaseUrl,
          `UPDATE videos SET series_id = $2, season_number = $3, episode_number = $4 WHERE id = $1`,
          [id, (body as { id: string }).id, ...(places[at] ?? [])],
        );
      }
      return [...ids];
    }

    test('is the next one, until that has ended, and nothing after the last', async () => {
      const [person, [first, second, third]] = [await makePerson(app), await series()];
      await watch(person, first, 949);
      expect(await continuedBy(person)).toEqual([first]);
      await watch(person, first, 950);
      const [entry] = await entriesOf(person.client, 'me/continue-watching');
      expect(entry).toMatchObject({
        video: { id: second },
        progress: { position_seconds: 0, percent: 0, is_finished: false },
      });
      await watch(person, second, 10);
      expect(await entriesOf(person.client, 'me/continue-watching')).toMatchObject([
        { video: { id: second }, progress: { position_seconds: 10 } },
      ]);
      await watch(person, second, 100);
      expect(await continuedBy(person)).toEqual([second]);
      await watch(person, second, 1000);
      expect(await continuedBy(person)).toEqual([third]);
      await watch(person, third, 1000);
      expect(await continuedBy(person)).toEqual([]);
      await watch(person, first, 1000);
      expect(await continuedBy(person)).toEqual([second]);
      expect(await historyOf(person)).toEqual([first, third, second]);
    });

    test('can be taken off like any other', async () => {
      const [person, [first, second]] = [await makePerson(app), await series()];
      await watch(person, first, 1000);
      expect((await person.client.send('DELETE', `me/continue-watching/${second}`)).status).toBe(
        204,
      );
      expect(await continuedBy(person)).toEqual([]);
      expect(await historyOf(person)).toEqual([first]);
      await watch(person, second, 100);
      expect(await continuedBy(person)).toEqual([second]);
      await person.client.send('DELETE', `me/continue-watching/${second}`);
      expect(await continuedBy(person)).toEqual([]);
      await watch(person, first, 1000);
      expect(await continuedBy(person)).toEqual([second]);
    });

    test('is one that the viewer may see and can play', async () => {
      const [person, [first, second, third]] = [await makePerson(app), await series()];
      await watch(person, first, 1000);
      await query(app.databaseUrl, `UPDATE videos SET visibility = 'PRIVATE' WHERE id = $1`, [
        second,
      ]);
      expect(await continuedBy(person)).toEqual([third]);
      await query(app.databaseUrl, 'UPDATE videos SET playable = false WHERE id = $1', [third]);
      expect(await continuedBy(person)).toEqual([]);
    });

    test('has its place among the others', async () => {
      const [person, [first, second], other] = [
        await makePerson(app),
        await series(),
        await film(),
      ];
      const last = await film();
      await watch(person, other, 100);
      await watch(person, first, 1000);
      await watch(person, last, 100);
      expect(await continuedBy(person)).toEqual([last, second, other]);
      const { body } = await person.client.get('me/continue-watching?page=2&page_size=1');
      expect(body).toMatchObject({ total_count: 3, entries: [{ video: { id: second } }] });
    });
  });

  test('is where playback begins', async () => {
    const id = await anna.client.uploadVideo(await clip('long'));
    expect(await anna.client.settled(id)).toMatchObject({ status: 'ready' });
    const resumed = async () =>
      (await ben.client.get(`videos/${id}/playback`)).body.resume_at_seconds as number;
    expect(await resumed()).toBe(0);
    await watch(ben, id, 1.5);
    expect(await resumed()).toBe(1.5);
    await watch(ben, id, 1e6);
    expect(await resumed()).toBe(0);
  });
});

describe('the history', () => {
  test('forgets one video, or all', async () => {
    const person = await makePerson(app);
    const [first, second] = [await film(), await film()];
    for (const id of [first, second]) await watch(person, id, 500);
    expect((await person.client.send('DELETE', `me/history/${second}`)).status).toBe(204);
    expect(await historyOf(person)).toEqual([first]);
    expect(await continuedBy(person)).toEqual([first]);
    expect((await person.client.send('DELETE', 'me/history')).status).toBe(204);
    expect(await historyOf(person)).toEqual([]);
  });

  test('is one’s own', async () => {
    const [person, id] = [await makePerson(app), await film()];
    await watch(person, id, 500);
    const other = await makePerson(app);
    expect(await historyOf(other)).toEqual([]);
    for (const address of [`me/history/${id}`, `me/continue-watching/${id}`, 'me/history']) {
      expect((await other.client.send('DELETE', address)).status).toBe(204);
    }
    expect(await continuedBy(person)).toEqual([id]);
  });

  test.each(['page=0', 'page_size=51', 'page=x', 'sort=title'])('refuses ?%s', async (asked) => {
    for (const list of ['me/history', 'me/continue-watching', 'me/list']) {
      const { status, body } = await ben.client.get(`${list}?${asked}`);
      expect([status, (body as Problem).code]).toEqual([400, 'request.invalid']);
    }
  });
});

describe('my list', () => {
  test('takes a video once, and has the last one at first', async () => {
    const person = await makePerson(app);
    const [first, second] = [await film(), await film()];
    for (const id of [first, second, first]) {
      expect((await person.client.send('PUT', `me/list/${id}`)).status).toBe(204);
    }
    expect(await listOf(person)).toEqual([second, first]);
    expect((await person.client.send('DELETE', `me/list/${second}`)).status).toBe(204);
    expect((await person.client.send('DELETE', `me/list/${second}`)).status).toBe(204);
    expect(await listOf(person)).toEqual([first]);
  });

  test('takes nothing that one may not know of, and shows it no longer', async () => {
    const person = await makePerson(app);
    const id = await film({ visibility: 'UNLISTED' });
    expect((await person.client.send('PUT', `me/list/${id}`)).status).toBe(204);
    await query(app.databaseUrl, `UPDATE videos SET visibility = 'PRIVATE' WHERE id = $1`, [id]);
    expect(await listOf(person)).toEqual([]);
    const again = await person.client.send('PUT', `me/list/${id}`);
    expect([again.status, (again.body as Problem).code]).toEqual([404, 'video.not_found']);
    expect((await person.client.send('PUT', `me/list/${randomUUID()}`)).status).toBe(404);
    expect((await person.client.send('PUT', 'me/list/7')).status).toBe(400);
  });
});

describe('the rule of who may know of a video', () => {
  test('is the same for lists as for one video', async () => {
    const people = { anna, ben, staff, guest };
    const outcomes: string[] = [];
    for (const visibility of ['PUBLIC', 'UNLISTED', 'PRIVATE'] as const) {
      const id = await film({ visibility });
      for (const [name, { client }] of Object.entries(people)) {
        const seen = (await client.get(`videos/${id}`)).status === 200;
        const listed = (await client.send('PUT', `me/list/${id}`)).status === 204;
        expect([visibility, name, listed]).toEqual([visibility, name, seen]);
        if (!seen) outcomes.push(`${name} ${visibility}`);
      }
    }
    expect(outcomes).toEqual(['ben PRIVATE', 'guest PRIVATE']);
  });
});
