import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { PasswordsService } from '../../src/auth/passwords/passwords.service.js';
import { GenresService } from '../../src/catalogue/genres.service.js';
import { IntakeService, type NewVideo } from '../../src/catalogue/intake.service.js';
import { ProcessingService, type Work } from '../../src/catalogue/processing.service.js';
import type { Video } from '../../src/catalogue/video.entity.js';
import { UsersService } from '../../src/users/users.service.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client, PASSWORD, signUp, type Answer } from '../support/client.js';

let ground: Ground;
let app: TestApp;
let replica: TestApp;
let ada: Client;
let bob: Client;
let staff: Client;

beforeAll(async () => {
  ground = await createGround();
  app = await startAppOn(ground);
  replica = await startAppOn(ground);
  [ada, bob, staff] = await Promise.all([
    signUp(app, 'ada@example.org'),
    signUp(app, 'bob@example.org'),
    signInStaff(),
  ]);
});
afterAll(async () => {
  await app.close();
  await replica.close();
  await ground.remove();
});
afterEach(async () => {
  await app.app.get(DataSource).query('DELETE FROM videos; DELETE FROM genres');
});

describe('genres', () => {
  // The first test of the file: only an untouched catalogue has never been changed.
  test('show the very first change of a new installation at once', async () => {
    expect((await ada.get('genres')).body).toEqual({ genres: [] });
    await addGenres('nature');
    expect((await ada.get('genres')).body).toEqual({
      genres: [{ slug: 'nature', name: 'Nature', video_count: 0 }],
    });
  });

  test('come by name, with the number of the videos that everybody finds', async () => {
    await addGenres('space', 'nature', 'city');
    await add({ title: 'One' }, ['nature', 'space']);
    await add({ title: 'Two' }, ['nature']);
    await add({ title: 'Secret', visibility: 'PRIVATE' }, ['nature']);
    await add({ title: 'By link', visibility: 'UNLISTED' }, ['space']);
    await fail(await add({ title: 'Broken' }, ['nature']));
    const { id: deleted } = await add({ title: 'Deleted' }, ['city']);
    await ada.send('DELETE', `videos/${deleted}`);
    for (const { slug, video_count: count } of (await bob.get('genres')).body.genres) {
      const { body } = await bob.get(`videos?genre=${slug}`);
      expect([slug, body.total_count]).toEqual([slug, count]);
    }
    expect(await genreCounts(bob)).toEqual([
      ['city', 0],
      ['nature', 2],
      ['space', 1],
    ]);
  });

  test('are never stale, whatever changes and wherever it is read', async () => {
    await addGenres('nature');
    const onReplica = new Client(replica.origin, ada.token);
    const expectCount = async (count: number) => {
      expect(await genreCounts(ada)).toEqual([['nature', count]]);
      expect(await genreCounts(onReplica)).toEqual([['nature', count]]);
    };
    await expectCount(0);
    const kept = await add({ title: 'Kept' }, ['nature']);
    await expectCount(1);
    const broken = await add({ title: 'Broken' }, ['nature']);
    await expectCount(2);
    await fail(broken);
    await expectCount(1);
    await onReplica.send('DELETE', `videos/${kept.id}`);
    await expectCount(0);
    await replica.app.get(GenresService).ensure([{ slug: 'nature', name: 'Wildlife' }]);
    for (const reader of [ada, onReplica]) {
      expect((await reader.get('genres')).body.genres[0].name).toBe('Wildlife');
    }
  });
});

describe('a video', () => {
  test('shows its fields in the list and by its id', async () => {
    await addGenres('nature', 'space');
    const { id } = await add(
      { title: 'Tidewater', description: 'At sea.', language: 'en', tags: ['calm', 'sea'] },
      ['space', 'nature'],
    );
    const { status, body } = await ada.get(`videos/${id}`);
    expect(status).toBe(200);
    expect(body).toEqual({
      id,
      number: expect.any(Number),
      title: 'Tidewater',
      description: 'At sea.',
      genres: expect.arrayContaining([
        { slug: 'nature', name: 'Nature' },
        { slug: 'space', name: 'Space' },
      ]),
      language: 'en',
      tags: ['calm', 'sea'],
      visibility: 'PUBLIC',
      status: 'pending',
      playable: false,
      progress_percent: 0,
      duration_seconds: null,
      thumbnail_url: null,
      poster_url: null,
      preview_url: null,
      series: null,
      views: 0,
      likes: 0,
      rating: null,
      uploaded_by: { id: await idOf(ada), name: '' },
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const list = await ada.get('videos');
    expect(list.body.videos).toEqual([body]);
  });

  test('has a number that grows by one and a status with its progress', async () => {
    const first = await add({ title: 'First' });
    const second = await add({ title: 'Second' });
    const numbers = await Promise.all(
      [first, second].map(async ({ id }) => (await ada.get(`videos/${id}`)).body.number as number),
    );
    expect(numbers[1]).toBe((numbers[0] ?? 0) + 1);
    expect((await ada.get(`videos/${first.id}/status`)).body).toEqual({
      id: first.id,
      status: 'pending',
      playable: false,
      progress: { percent: 0, stage: 'queued', eta_seconds: null, queue_position: null },
      renditions: [],
      error: null,
    });
    await fail(second);
    expect((await ada.get(`videos/${second.id}/status`)).body).toMatchObject({
      status: 'failed',
      error: { code: 'source.damaged', detail: 'It ends early.', log_tail: ['last line'] },
    });
  });

  test('tells its length as a clock does', async () => {
    const { id } = await add();
    await app.app
      .get(DataSource)
      .query('UPDATE videos SET duration_seconds = 3725.6, width = 1920, height = 1080');
    expect((await ada.get(`videos/${id}/metadata`)).body).toMatchObject({
      id,
      filename: 'film.mp4',
      duration: '01:02:06',
      duration_seconds: 3725.6,
      resolution: '1920x1080',
      size_bytes: 1234,
    });
  });

  test('may be of any size', async () => {
    const { id } = await add({ sourceSizeBytes: 5_000_000_000_000 });
    expect((await ada.get(`videos/${id}/metadata`)).body.size_bytes).toBe(5_000_000_000_000);
  });
});

describe('the list', () => {
  test('of an empty catalogue is an empty page', async () => {
    expect((await ada.get('videos')).body).toEqual({
      videos: [],
      total_count: 0,
      total_is_exact: true,
      page: 1,
      page_size: 20,
      total_pages: 0,
      has_more: false,
      next_cursor: null,
    });
  });

  test('comes in pages that hold every video once, also among equals', async () => {
    await addGenres('nature', 'space');
    const ids = await Promise.all(
      Array.from({ length: 7 }, async () => (await add({ title: 'Same' }, ['nature', 'space'])).id),
    );
    await app.app.get(DataSource).query("UPDATE videos SET created_at = '2026-01-01'");
    for (const order of ['sort_by=created_at', 'sort_by=title', 'sort_by=duration']) {
      const pages = await Promise.all(
        [1, 2, 3, 4].map(
          async (page) => (await ada.get(`videos?${order}&page_size=3&page=${page}`)).body,
        ),
      );
      expect(pages.map(({ videos }) => videos.length)).toEqual([3, 3, 1, 0]);
      expect(pages.map(({ has_more: more }) => more)).toEqual([true, true, false, false]);
      for (const page of pages) {
        expect(page).toMatchObject({ total_count: 7, page_size: 3, total_pages: 3 });
      }
      const seen = pages.flatMap(({ videos }) => videos.map(({ id }: { id: string }) => id));
      expect(seen.toSorted()).toEqual(ids.toSorted());
    }
  });

  test('is newest first unless asked otherwise', async () => {
    const rows = app.app.get(DataSource);
    for (const title of ['banana', 'Cherry', 'apple']) await add({ title });
    await rows.query("UPDATE videos SET duration_seconds = 30 WHERE title = 'banana'");
    await rows.query("UPDATE videos SET duration_seconds = 90 WHERE title = 'apple'");
    expect(await titles('')).toEqual(['apple', 'Cherry', 'banana']);
    expect(await titles('sort_order=asc')).toEqual(['banana', 'Cherry', 'apple']);
    expect(await titles('sort_by=title&sort_order=asc')).toEqual(['apple', 'banana', 'Cherry']);
    expect(await titles('sort_by=title')).toEqual(['Cherry', 'banana', 'apple']);
    expect(await titles('sort_by=duration')).toEqual(['apple', 'banana', 'Cherry']);
    expect(await titles('sort_by=duration&sort_order=asc')).toEqual(['banana', 'apple', 'Cherry']);
    await rows.query("UPDATE videos SET updated_at = now() WHERE title = 'banana'");
    expect((await titles('sort_by=updated_at'))[0]).toBe('banana');
  });

  test('is filtered by genre, and each video keeps all of its genres', async () => {
    await addGenres('nature', 'space');
    await add({ title: 'Both' }, ['nature', 'space']);
    await add({ title: 'Nature' }, ['nature']);
    await add({ title: 'None' });
    const { body } = await ada.get('videos?genre=space');
    expect(body.total_count).toBe(1);
    const slugs = body.videos[0].genres.map(({ slug }: { slug: string }) => slug);
    expect(slugs.toSorted()).toEqual(['nature', 'space']);
    expect(await titles('genre=nature')).toEqual(['Nature', 'Both']);
    expect(await titles('genre=nature&search=both')).toEqual(['Both']);
    expect(await titles('genre=no-such-genre')).toEqual([]);
  });

  test('is filtered by language and status', async () => {
    await add({ title: 'German', language: 'de' });
    const english = await add({ title: 'English', language: 'en' });
    await app.app.get(ProcessingService).begin(english.id);
    expect(await titles('language=de')).toEqual(['German']);
    expect(await titles('status=processing')).toEqual(['English']);
    expect(await titles('status=processing&language=de')).toEqual([]);
  });

  test('of my own videos holds all of mine and none of others', async () => {
    await add({ title: 'Public' });
    await add({ title: 'Unlisted', visibility: 'UNLISTED' });
    await add({ title: 'Private', visibility: 'PRIVATE' });
    await fail(await add({ title: 'Failed' }));
    await add({ title: 'Of Bob' }, [], bob);
    expect((await titles('mine=true')).toSorted()).toEqual([
      'Failed',
      'Private',
      'Public',
      'Unlisted',
    ]);
    expect(await titles('mine=true', bob)).toEqual(['Of Bob']);
    expect((await titles('mine=false')).toSorted()).toEqual(['Of Bob', 'Public']);
    expect(await titles('mine=true&search=priv')).toEqual(['Private']);
    expect(await titles('mine=true&status=failed')).toEqual(['Failed']);
  });
});

describe('visibility', () => {
  test.each([
    ['PUBLIC', { listed: true, other: 200, mayDelete: 403 }],
    ['UNLISTED', { listed: false, other: 200, mayDelete: 403 }],
    ['PRIVATE', { listed: false, other: 404, mayDelete: 404 }],
  ] as const)('%s decides who finds and sees a video', async (visibility, expected) => {
    const { id } = await add({ title: 'Film', visibility });
    for (const viewer of [ada, bob, staff]) {
      expect(await titles('', viewer)).toEqual(expected.listed ? ['Film'] : []);
    }
    for (const rest of ['', '/status', '/metadata']) {
      const statusFor = async (viewer: Client) => (await viewer.get(`videos/${id}${rest}`)).status;
      expect([rest, await statusFor(ada)]).toEqual([rest, 200]);
      expect([rest, await statusFor(staff)]).toEqual([rest, 200]);
      expect([rest, await statusFor(bob)]).toEqual([rest, expected.other]);
    }
    const attempt = await bob.send('DELETE', `videos/${id}`);
    expect(attempt.status).toBe(expected.mayDelete);
    expect((await ada.get(`videos/${id}`)).status).toBe(200);
  });

  test('PRIVATE answers exactly as if there were no video', async () => {
    const { id } = await add({ visibility: 'PRIVATE' });
    const hidden = withoutId(await bob.get(`videos/${id}`));
    const absent = withoutId(await bob.get(`videos/${randomUUID()}`));
    expect(hidden).toEqual(absent);
  });
});

describe('a deleted video', () => {
  test.each([
    ['its owner', () => ada],
    ['staff', () => staff],
  ])('is gone for everybody when %s deletes it, and stays in the database', async (_, who) => {
    const { id } = await add({ title: 'Gone' });
    const { status, body } = await who().send('DELETE', `videos/${id}`);
    expect([status, body]).toEqual([204, '']);
    for (const viewer of [ada, bob, staff]) {
      for (const rest of ['', '/status', '/metadata', '/playback']) {
        const answer = await viewer.get(`videos/${id}${rest}`);
        expect([answer.status, answer.body.code]).toEqual([404, 'video.not_found']);
      }
      expect(await titles('', viewer)).toEqual([]);
    }
    expect(await titles('mine=true')).toEqual([]);
    expect((await ada.send('DELETE', `videos/${id}`)).status).toBe(404);
    const rows = await app.app
      .get(DataSource)
      .query<object[]>('SELECT deleted_at FROM videos WHERE id = $1', [id]);
    expect(rows).toEqual([{ deleted_at: expect.any(Date) }]);
  });
});

async function signInStaff(): Promise<Client> {
  await app.app.get(UsersService).create({
    email: 'staff@example.org',
    passwordHash: await app.app.get(PasswordsService).hash(PASSWORD),
    role: 'staff',
    isActive: true,
  });
  const anybody = new Client(app.origin);
  const { body } = await anybody.post('auth/login', {
    email: 'staff@example.org',
    password: PASSWORD,
  });
  return new Client(app.origin, body.access_token);
}

async function idOf(viewer: Client): Promise<string> {
  return (await viewer.get('auth/me')).body.user.id as string;
}

/** `nature` becomes the genre Nature. */
async function addGenres(...slugs: string[]): Promise<void> {
  const genres = slugs.map((slug) => ({
    slug,
    name: slug.charAt(0).toUpperCase() + slug.slice(1),
  }));
  await app.app.get(GenresService).ensure(genres);
}

/** Adds a video as an upload does, without its file. */
async function add(
  video: Partial<NewVideo> = {},
  genres: readonly string[] = [],
  owner: Client = ada,
): Promise<Video> {
  return app.app.get(IntakeService).create(
    {
      id: randomUUID(),
      ownerId: await idOf(owner),
      title: 'Film',
      description: '',
      language: null,
      tags: [],
      visibility: 'PUBLIC',
      originalFilename: 'film.mp4',
      sourceKey: null,
      sourceSizeBytes: 1234,
      sourceSha256: null,
      ...video,
    },
    genres,
    randomUUID(),
  );
}

async function fail({ id }: Video): Promise<void> {
  const processing = app.app.get(ProcessingService);
  const [revision] = await app.app
    .get(DataSource)
    .query<{ id: string }[]>('SELECT id FROM revisions WHERE video_id = $1', [id]);
  const work = await processing.find(id, revision?.id ?? '');
  await processing.fail(work as Work, {
    code: 'source.damaged',
    detail: 'It ends early.',
    logTail: ['last line'],
  });
}

async function titles(query: string, viewer: Client = ada): Promise<string[]> {
  const { body } = await viewer.get(`videos?${query}`);
  return (body.videos as { title: string }[]).map(({ title }) => title);
}

async function genreCounts(viewer: Client): Promise<[string, number][]> {
  const { body } = await viewer.get('genres');
  const genres = body.genres as { slug: string; video_count: number }[];
  return genres.map(({ slug, video_count: count }) => [slug, count]);
}

function withoutId({ status, body }: Answer): object {
  return { ...body, status, request_id: '' };
}
