import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { startApp, type TestApp } from '../support/app.js';
import { addGenres, addVideo, emptyCatalogue } from '../support/catalogue.js';
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

const change = (id: string, body: object, { client }: Person = ada) =>
  client.send('PATCH', `videos/${id}`, body);

test('an owner changes what is said of a video; what is left out stays', async () => {
  await addGenres(app, 'nature', 'space');
  const id = await addVideo(app, ada.id, { title: 'Old', tags: ['a'], genres: ['space'] });
  const before = (await ada.client.get(`videos/${id}`)).body;
  const changed = await change(id, {
    ...{ title: ' Tidewater ', description: 'At sea.', genres: ['nature', 'nature'] },
    ...{ tags: ['calm', 'sea'], language: 'de' },
  });
  expect(changed.status).toBe(200);
  expect(changed.body).toEqual({
    ...before,
    ...{ title: 'Tidewater', description: 'At sea.', tags: ['calm', 'sea'], language: 'de' },
    genres: [{ slug: 'nature', name: 'Nature' }],
    updated_at: expect.any(String),
  });
  expect(changed.body.updated_at > before.updated_at).toBe(true);
  const again = await change(id, { language: null, genres: [] });
  expect(again.body).toMatchObject({
    title: 'Tidewater',
    tags: ['calm', 'sea'],
    language: null,
    genres: [],
  });
  expect((await bob.client.get(`videos/${id}`)).body).toMatchObject({ title: 'Tidewater' });
});

test('a change of genres counts at once', async () => {
  await addGenres(app, 'nature', 'space');
  const id = await addVideo(app, ada.id, { genres: ['space'] });
  const counts = async () =>
    (await bob.client.get('genres')).body.genres.map(
      (genre: { video_count: number }) => genre.video_count,
    );
  expect(await counts()).toEqual([0, 1]);
  await change(id, { genres: ['nature'] });
  expect(await counts()).toEqual([1, 0]);
  expect((await bob.client.get('videos?genre=nature')).body.total_count).toBe(1);
});

test('a change of visibility holds from the next request on, and is remembered', async () => {
  const id = await addVideo(app, ada.id);
  const seen = async () => (await bob.client.get(`videos/${id}`)).status;
  const listed = async () => (await bob.client.get('videos')).body.videos.length;
  expect([await seen(), await listed()]).toEqual([200, 1]);
  await change(id, { visibility: 'UNLISTED' });
  expect([await seen(), await listed()]).toEqual([200, 0]);
  await change(id, { visibility: 'PRIVATE' }, staff);
  expect([await seen(), await listed()]).toEqual([404, 0]);
  await change(id, { visibility: 'PRIVATE' });
  await change(id, { title: 'Same' });
  const events = await app.app.get(DataSource).query(
    `SELECT actor_id, details FROM audit_events
     WHERE action = 'video.visibility_changed' AND subject_id = $1 ORDER BY id`,
    [id],
  );
  expect(events).toEqual([
    { actor_id: ada.id, details: { from: 'PUBLIC', to: 'UNLISTED' } },
    { actor_id: staff.id, details: { from: 'UNLISTED', to: 'PRIVATE' } },
  ]);
});

test('nobody else changes a video, or learns of a private one', async () => {
  const open = await addVideo(app, ada.id);
  const hidden = await addVideo(app, ada.id, { visibility: 'PRIVATE' });
  const title = { title: 'Mine' };
  expect((await change(open, title, bob)).body.code).toBe('auth.forbidden');
  expect((await change(open, title, demo)).body.code).toBe('auth.forbidden');
  expect((await change(hidden, title, bob)).body.code).toBe('video.not_found');
  expect((await change(randomUUID(), title)).body.code).toBe('video.not_found');
  await ada.client.send('DELETE', `videos/${open}`);
  expect((await change(open, title)).body.code).toBe('video.not_found');
  expect((await change(hidden, title, staff)).body.title).toBe('Mine');
});

test.each([
  [{ title: '' }, 'title'],
  [{ title: ' ' }, 'title'],
  [{ title: 'a'.repeat(201) }, 'title'],
  [{ title: 'a\0' }, 'title'],
  [{ title: null }, 'title'],
  [{ description: 'a'.repeat(10_001) }, 'description'],
  [{ genres: ['no-such-genre'] }, 'genres'],
  [{ genres: 'nature' }, 'genres'],
  [{ tags: ['\0'] }, 'tags.0'],
  [{ tags: Array.from({ length: 21 }, (_, number) => String(number)) }, 'tags'],
  [{ language: 'no language' }, 'language'],
  [{ visibility: 'HIDDEN' }, 'visibility'],
  [{ status: 'ready' }, 'status'],
  [{ owner_id: randomUUID() }, 'owner_id'],
])('%j is refused with the name of the field', async (body, field) => {
  const id = await addVideo(app, ada.id, { title: 'Film' });
  const answer = await change(id, body);
  expect([answer.status, answer.body.errors[0].field]).toEqual([400, field]);
  expect((await ada.client.get(`videos/${id}`)).body.title).toBe('Film');
});
