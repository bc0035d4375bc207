import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { EpisodesService } from '../../src/catalogue/series/episodes.service.js';
import { VideosService } from '../../src/catalogue/videos.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { addVideo, emptyCatalogue } from '../support/catalogue.js';
import type { Client } from '../support/client.js';
import { makePerson, type Person } from '../support/people.js';

let app: TestApp;
let ada: Person;
let bob: Person;
let demo: Person;
let staff: Person;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
  ada = await makePerson(app);
  bob = await makePerson(app);
  demo = await makePerson(app, { isDemo: true });
  staff = await makePerson(app, { role: 'staff' });
});
afterAll(() => app.close());
afterEach(() => emptyCatalogue(app));

async function makeSeries({ client }: Person, title = 'Coasts'): Promise<string> {
  const { status, body } = await client.post('series', {
    title,
    description: 'From cape to cape.',
  });
  expect(status).toBe(201);
  return body.id as string;
}

async function addEpisode(
  series: string,
  [season, number]: readonly [number, number],
  video: Parameters<typeof addVideo>[2] = {},
  facts: Parameters<typeof addVideo>[3] = {},
): Promise<string> {
  const title = `S${season} E${number}`;
  const id = await addVideo(app, ada.id, { title, ...video }, facts);
  const episode = { series_id: series, season_number: season, episode_number: number };
  const { status } = await ada.client.send('PATCH', `videos/${id}`, episode);
  expect(status).toBe(200);
  return id;
}

async function seasons(series: string, { client }: Person): Promise<[number, string[]][]> {
  const { body } = await client.get(`series/${series}`);
  return body.seasons.map((season: { season_number: number; episodes: { title: string }[] }) => [
    season.season_number,
    season.episodes.map(({ title }) => title),
  ]);
}

const listed = async (client: Client): Promise<string[]> => {
  const { body } = await client.get('series');
  return body.series.map(({ title }: { title: string }) => title);
};

test('a series has its seasons and episodes in order, of those that one may see', async () => {
  const series = await makeSeries(ada);
  await addEpisode(series, [2, 1]);
  await addEpisode(series, [1, 2]);
  await addEpisode(series, [1, 10]);
  await addEpisode(series, [0, 1]);
  await addEpisode(series, [1, 3], { visibility: 'PRIVATE' });
  await addEpisode(series, [1, 4], { visibility: 'UNLISTED' });
  await addEpisode(series, [1, 5], {}, { status: 'failed' });
  const open: [number, string[]][] = [
    [0, ['S0 E1']],
    [1, ['S1 E2', 'S1 E10']],
    [2, ['S2 E1']],
  ];
  expect(await seasons(series, bob)).toEqual(open);
  expect(await seasons(series, demo)).toEqual(open);
  const whole = ['S1 E2', 'S1 E3', 'S1 E4', 'S1 E5', 'S1 E10'];
  for (const person of [ada, staff]) {
    expect((await seasons(series, person))[1]).toEqual([1, whole]);
  }
  const { body } = await bob.client.get(`videos?series=${series}&sort_by=title&sort_order=asc`);
  expect(body.videos.map(({ title }: { title: string }) => title)).toEqual([
    ...['S0 E1', 'S1 E10', 'S1 E2', 'S2 E1'],
  ]);
  expect(body.videos[1].series).toEqual({
    id: series,
    title: 'Coasts',
    season_number: 1,
    episode_number: 10,
  });
});

test('a series without an episode for them is unknown to others', async () => {
  const series = await makeSeries(ada);
  await addEpisode(series, [1, 1], { visibility: 'PRIVATE' });
  for (const { client } of [bob, demo]) {
    expect((await client.get(`series/${series}`)).body.code).toBe('series.not_found');
    expect(await listed(client)).toEqual([]);
  }
  expect((await bob.client.send('PATCH', `series/${series}`, { title: 'Mine' })).status).toBe(404);
  expect((await bob.client.send('DELETE', `series/${series}`)).status).toBe(404);
  for (const { client } of [ada, staff]) expect(await listed(client)).toEqual(['Coasts']);
  await addEpisode(series, [1, 2]);
  expect(await listed(bob.client)).toEqual(['Coasts']);
  expect((await bob.client.send('PATCH', `series/${series}`, { title: 'Mine' })).status).toBe(403);
  expect((await bob.client.send('DELETE', `series/${series}`)).status).toBe(403);
});

test('demo guests make none, and nobody one without a title', async () => {
  expect((await demo.client.post('series', { title: 'Mine' })).status).toBe(403);
  for (const body of [{}, { title: ' ' }, { title: 'a'.repeat(201) }, { title: 'a\0' }]) {
    const { status, body: problem } = await ada.client.post('series', body);
    expect([status, problem.errors[0].field]).toEqual([400, 'title']);
  }
  const unknown = await ada.client.post('series', { title: 'A', owner: bob.id });
  expect([unknown.status, unknown.body.errors[0].field]).toEqual([400, 'owner']);
});

test('a series is changed, and deleted without its videos', async () => {
  const series = await makeSeries(ada);
  const episode = await addEpisode(series, [1, 1]);
  const changed = await ada.client.send('PATCH', `series/${series}`, { title: 'Shores' });
  expect(changed.body).toMatchObject({ title: 'Shores', description: 'From cape to cape.' });
  expect((await ada.client.get(`videos/${episode}`)).body.series.title).toBe('Shores');
  expect((await staff.client.send('DELETE', `series/${series}`)).status).toBe(204);
  expect((await ada.client.get(`series/${series}`)).status).toBe(404);
  expect((await ada.client.get(`videos/${episode}`)).body.series).toBeNull();
});

test('an episode is numbered behind the last one, moves, and leaves', async () => {
  const series = await makeSeries(ada);
  const first = await addVideo(app, ada.id);
  const second = await addVideo(app, ada.id);
  const change = (id: string, body: object) => ada.client.send('PATCH', `videos/${id}`, body);
  const place = ({ body }: { body: { series: unknown } }) => body.series;
  expect(place(await change(first, { series_id: series }))).toMatchObject({
    ...{ season_number: 1, episode_number: 1 },
  });
  expect(place(await change(second, { series_id: series }))).toMatchObject({ episode_number: 2 });
  expect(place(await change(second, { season_number: 2 }))).toMatchObject({
    ...{ season_number: 2, episode_number: 1 },
  });
  expect(place(await change(second, { episode_number: 7 }))).toMatchObject({
    ...{ season_number: 2, episode_number: 7 },
  });
  expect(place(await change(second, { title: 'Seventh' }))).toMatchObject({ episode_number: 7 });
  expect(place(await change(second, { series_id: null }))).toBeNull();
});

test.each([
  [{ series_id: randomUUID() }, 'series_id'],
  [{ series_id: 'coasts' }, 'series_id'],
  [{ season_number: 1 }, 'season_number'],
  [{ episode_number: 1 }, 'episode_number'],
  [{ series_id: null, episode_number: 1 }, 'episode_number'],
  [{ season_number: -1 }, 'season_number'],
  [{ episode_number: 1.5 }, 'episode_number'],
])('%j is no place in a series', async (body, field) => {
  const id = await addVideo(app, ada.id);
  const answer = await ada.client.send('PATCH', `videos/${id}`, body);
  expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
});

test('nobody puts a video into a series of somebody else', async () => {
  const series = await makeSeries(ada);
  const id = await addVideo(app, bob.id);
  const hidden = await bob.client.send('PATCH', `videos/${id}`, { series_id: series });
  expect([hidden.status, hidden.body.errors[0].field]).toEqual([400, 'series_id']);
  await addEpisode(series, [1, 1]);
  const foreign = await bob.client.send('PATCH', `videos/${id}`, { series_id: series });
  expect(foreign.status).toBe(403);
});

test('the next episode is the next that one may see and can play', async () => {
  const series = await makeSeries(ada);
  const first = await addEpisode(series, [1, 1]);
  await addEpisode(series, [1, 2], { visibility: 'PRIVATE' });
  await addEpisode(series, [1, 3], {}, { status: 'processing' });
  const fourth = await addEpisode(series, [2, 1]);
  const next = async (
    id: string,
    { id: viewerId }: Person,
    role: 'viewer' | 'staff' = 'viewer',
  ) => {
    const viewer = { id: viewerId, role };
    const video = await app.app.get(VideosService).visible(id, viewer);
    return (await app.app.get(EpisodesService).next(video, viewer))?.title;
  };
  expect(await next(first, ada)).toBe('S1 E2');
  expect(await next(first, staff, 'staff')).toBe('S1 E2');
  expect(await next(first, bob)).toBe('S2 E1');
  expect(await next(fourth, bob)).toBeUndefined();
  expect(await next(await addVideo(app, ada.id), ada)).toBeUndefined();
  await ada.client.send('DELETE', `videos/${fourth}`);
  expect(await next(first, bob)).toBeUndefined();
});

test('a series goes with its owner’s account, the videos of others stay', async () => {
  const leaver = await makePerson(app);
  const series = await makeSeries(leaver);
  const id = await addVideo(app, ada.id);
  expect((await staff.client.send('PATCH', `videos/${id}`, { series_id: series })).status).toBe(
    200,
  );
  await app.app.get(DataSource).query('DELETE FROM users WHERE id = $1', [leaver.id]);
  expect((await ada.client.get(`videos/${id}`)).body.series).toBeNull();
});
