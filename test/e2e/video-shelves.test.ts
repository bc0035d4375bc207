import { randomUUID } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.js';
import { addGenres, addVideo, emptyCatalogue } from '../support/catalogue.js';
import { makePerson, type Person } from '../support/people.js';

let app: TestApp;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
  ada = await makePerson(app);
  bob = await makePerson(app);
});
afterAll(() => app.close());
afterEach(() => emptyCatalogue(app));

interface Shelf {
  videos: { title: string }[];
}

const titlesOf = ({ videos }: Shelf): string[] => videos.map(({ title }) => title);

async function shelf(url: string, { client }: Person = bob): Promise<string[]> {
  const { status, body } = await client.get(`videos/${url}`);
  expect([url, status]).toEqual([url, 200]);
  return titlesOf(body as Shelf);
}

/** What nobody but its owner finds. */
async function addHidden(genres: readonly string[] = [], tags: string[] = []): Promise<void> {
  await addVideo(app, ada.id, { title: 'Private', visibility: 'PRIVATE', genres, tags });
  await addVideo(app, ada.id, { title: 'Unlisted', visibility: 'UNLISTED', genres, tags });
  await addVideo(app, ada.id, { title: 'Failed', genres, tags }, { status: 'failed' });
  const deleted = await addVideo(app, ada.id, { title: 'Deleted', genres, tags });
  await ada.client.send('DELETE', `videos/${deleted}`);
}

test('recent are the newest, without the one to leave out', async () => {
  expect(await shelf('recent')).toEqual([]);
  const ids: string[] = [];
  for (let number = 1; number <= 7; number += 1) {
    ids.push(await addVideo(app, ada.id, { title: String(number) }));
  }
  await addHidden();
  expect(await shelf('recent')).toEqual(['7', '6', '5', '4', '3']);
  expect(await shelf('recent', ada)).toEqual(['7', '6', '5', '4', '3']);
  expect(await shelf('recent?limit=2')).toEqual(['7', '6']);
  expect(await shelf(`recent?limit=2&exclude_id=${ids[6]}`)).toEqual(['6', '5']);
  expect(await shelf(`recent?limit=1&exclude_id=${randomUUID()}`)).toEqual(['7']);
});

test('by genre are the newest of every genre that has any', async () => {
  await addGenres(app, 'space', 'nature', 'city');
  for (const title of ['1', '2', '3']) await addVideo(app, ada.id, { title, genres: ['nature'] });
  await addVideo(app, ada.id, { title: 'Both', genres: ['space', 'nature'] });
  await addVideo(app, ada.id, { title: 'Old', genres: ['space'] }, { createdAt: '2020-01-01' });
  await addHidden(['city']);
  const { body } = await bob.client.get('videos/by-genre?limit=3');
  expect(
    body.genres.map((genre: Shelf & { slug: string }) => [genre.slug, titlesOf(genre)]),
  ).toEqual([
    ['nature', ['Both', '3', '2']],
    ['space', ['Both', 'Old']],
  ]);
  expect(body.genres[1]).toMatchObject({ name: 'Space' });
  expect(body.genres[1].videos[0].genres).toEqual([
    { slug: 'nature', name: 'Nature' },
    { slug: 'space', name: 'Space' },
  ]);
});

test('trending is what is watched of late, then most, then the newest', async () => {
  await addVideo(app, ada.id, { title: 'Watched once' }, { views: 1 });
  await addVideo(app, ada.id, { title: 'Classic' }, { views: 900 });
  await addVideo(app, ada.id, { title: 'Rising' }, { views: 3, trend: 8.5 });
  await addVideo(app, ada.id, { title: 'As much' }, { views: 10, trend: 8.5 });
  await addVideo(app, ada.id, { title: 'Older' });
  await addVideo(app, ada.id, { title: 'Newer' });
  await addVideo(app, ada.id, { title: 'Secret', visibility: 'PRIVATE' }, { views: 9, trend: 99 });
  const order = ['As much', 'Rising', 'Classic', 'Watched once', 'Newer', 'Older'];
  expect(await shelf('trending')).toEqual(order);
  for (let limit = 1; limit <= 5; limit += 1) {
    expect(await shelf(`trending?limit=${limit}`)).toEqual(order.slice(0, limit));
  }
});

test('related are those of the same series, then those that share more tags and genres', async () => {
  await addGenres(app, 'nature', 'space');
  const id = await addVideo(app, ada.id, { tags: ['sea', 'calm'], genres: ['nature'] });
  await addVideo(app, ada.id, { title: 'Nothing alike', tags: ['loud'], genres: ['space'] });
  await addVideo(app, ada.id, { title: 'Genre', genres: ['nature', 'space'] });
  await addVideo(app, ada.id, { title: 'Tag', tags: ['sea', 'loud'] });
  await addVideo(app, ada.id, { title: 'Tag and genre', tags: ['sea'], genres: ['nature'] });
  await addVideo(app, ada.id, { title: 'Both tags', tags: ['calm', 'sea'] });
  await addHidden(['nature'], ['sea', 'calm']);
  const episode = await addVideo(app, ada.id, { title: 'Episode' });
  const { body: series } = await ada.client.post('series', { title: 'Coasts' });
  for (const video of [id, episode]) {
    await ada.client.send('PATCH', `videos/${video}`, { series_id: series.id });
  }
  const order = ['Episode', 'Both tags', 'Tag and genre', 'Tag', 'Genre'];
  expect(await shelf(`${id}/related`)).toEqual(order);
  expect(await shelf(`${id}/related?limit=2`)).toEqual(order.slice(0, 2));
});

test('nothing is related to what one may not know of', async () => {
  const id = await addVideo(app, ada.id, { visibility: 'PRIVATE' });
  expect((await bob.client.get(`videos/${id}/related`)).body.code).toBe('video.not_found');
  expect(await shelf(`${id}/related`, ada)).toEqual([]);
  expect((await bob.client.get(`videos/${randomUUID()}/related`)).status).toBe(404);
});
