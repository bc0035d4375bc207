import { randomUUID } from 'node:crypto';
import type { Problem } from '../../src/common/problem.js';
import type { PlaybackQualityDto } from '../../src/library/quality/quality.dto.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { query } from '../support/database.js';
import { makeFilm, type Film } from '../support/films.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

let ground: Ground;
let app: TestApp;
/** Another process of the same installation. */
let other: TestApp;
let owner: Person;
let staff: Person;

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground);
  other = await startAppOn(ground, { ROLES: 'api' });
  owner = await makePerson(app);
  staff = await makePerson(app, { role: 'staff' });
});
afterAll(async () => {
  await other.close();
  await app.close();
  await ground.remove();
});

const film = (of: Film = {}) => makeFilm(app, owner, of);
const tell = ({ client }: Person, id: string, events: object) =>
  client.post(`videos/${id}/playback-events`, events);

async function figuresOf(id: string, { client }: Person = owner): Promise<PlaybackQualityDto> {
  const { status, body } = await client.get(`videos/${id}/quality`);
  expect(status).toBe(200);
  return body as PlaybackQualityDto;
}

test('what players tell is added up by video and day', async () => {
  const id = await film();
  const guest = await makePerson(app, { isDemo: true });
  const people = [await makePerson(app), guest];
  for (const person of people) {
    const session_id = randomUUID();
    const first = { session_id, startup_ms: 450, watched_seconds: 28.5, stall_count: 1 };
    expect((await tell(person, id, { ...first, stall_seconds: 1.5 })).status).toBe(204);
    const second = { session_id, watched_seconds: 30, switch_count: 2 };
    await tell(person, id, { ...second, errors: { segment_load: 2, decode: 1 } });
  }
  const told = await until(
    async () => {
      const figures = await figuresOf(id);
      return figures.total.switch_count === 4 && figures;
    },
    { what: 'the figures' },
  );
  const total = {
    ...{ sessions: 2, startup_p50_ms: 450, startup_p95_ms: 495 },
    ...{ stall_count: 2, stall_seconds: 3, stall_share: 0.025, switch_count: 4 },
    ...{ watched_seconds: 117, errors: { segment_load: 4, decode: 2 } },
  };
  const day = new Date().toISOString().slice(0, 10);
  expect(told).toEqual({ total, days: [{ day, ...total }] });
  expect(await figuresOf(id, staff)).toEqual(told);
  const rows = await query(app.databaseUrl, 'SELECT 1 FROM playback_quality WHERE video_id = $1', [
    id,
  ]);
  expect(rows).toHaveLength(1);
});

test('days are apart, and as many as one asks for', async () => {
  const id = await film();
  await query(
    app.databaseUrl,
    `INSERT INTO playback_quality (video_id, day, sessions, startups)
     SELECT $1, (now() AT TIME ZONE 'UTC')::date - back, 1, '{"1000": 1}'
     FROM unnest(ARRAY[0, 1, 40]) AS back`,
    [id],
  );
  expect((await figuresOf(id)).days).toHaveLength(2);
  const { body } = await owner.client.get(`videos/${id}/quality?days=60`);
  expect(body).toMatchObject({ total: { sessions: 3, startup_p50_ms: 900 } });
  expect((await figuresOf(await film())).total).toMatchObject({
    ...{ sessions: 0, startup_p50_ms: null, stall_share: null, errors: {} },
  });
  for (const days of ['0', '367', 'x']) {
    expect((await owner.client.get(`videos/${id}/quality?days=${days}`)).status).toBe(400);
  }
});

test('many at once, on two processes, are all counted', async () => {
  const id = await film();
  const people = await Promise.all(Array.from({ length: 10 }, () => makePerson(app)));
  await Promise.all(
    people.flatMap((person) => {
      const session_id = randomUUID();
      return [app, other, app].map(({ origin }) => {
        const client = new Client(origin, person.client.token);
        const events = { session_id, watched_seconds: 1, errors: { other: 1 } };
        return tell({ ...person, client }, id, { ...events, startup_ms: 100 });
      });
    }),
  );
  await until(async () => (await figuresOf(id)).total.watched_seconds === 30);
  expect((await figuresOf(id)).total).toMatchObject({ sessions: 10, errors: { other: 30 } });
});

test.each([
  ['no session', { session_id: undefined }, 'session_id'],
  ['a session that is no UUID', { session_id: 'mine' }, 'session_id'],
  ['a start before the wish', { startup_ms: -1 }, 'startup_ms'],
  ['a start after minutes', { startup_ms: 60_001 }, 'startup_ms'],
  ['more than an hour at once', { watched_seconds: 3601 }, 'watched_seconds'],
  ['half a stall', { stall_count: 0.5 }, 'stall_count'],
  ['an error of its own', { errors: { 'it broke': 1 } }, 'errors'],
  ['no error', { errors: { decode: 0 } }, 'errors.decode'],
  ['anything else', { mood: 'good' }, 'mood'],
])('a player that tells %s is refused', async (_, wrong, field) => {
  const person = await makePerson(app);
  const answer = await tell(person, await film(), { session_id: randomUUID(), ...wrong });
  const { code, errors } = answer.body as Problem;
  expect([answer.status, code]).toEqual([400, 'request.invalid']);
  expect(errors?.[0]?.field).toContain(field);
});

test('is for those who may know of a video; its figures are for its owner and staff', async () => {
  const [shown, hidden] = [await film(), await film({ visibility: 'PRIVATE' })];
  const person = await makePerson(app);
  for (const unknown of [hidden, randomUUID()]) {
    const told = await tell(person, unknown, { session_id: randomUUID() });
    expect([told.status, (told.body as Problem).code]).toEqual([404, 'video.not_found']);
    expect((await person.client.get(`videos/${unknown}/quality`)).status).toBe(404);
  }
  expect((await person.client.get(`videos/${shown}/quality`)).status).toBe(403);
  expect((await tell(person, '7', { session_id: randomUUID() })).status).toBe(400);
  expect((await person.client.get('videos/7/quality')).status).toBe(400);
});

test('a player that tells sixty times in a minute has to wait', async () => {
  const [id, person] = [await film(), await makePerson(app)];
  const events = { session_id: randomUUID(), switch_count: 1 };
  const answers = await Promise.all(Array.from({ length: 63 }, () => tell(person, id, events)));
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(3);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
});
