import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { AccountEraser } from '../../src/account/account-eraser.service.js';
import { SourcesService } from '../../src/catalogue/sources/sources.service.js';
import type { JobDto } from '../../src/jobs/jobs.dto.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { makePerson, type Person } from '../support/people.js';
import { startStorage, STORAGES, type TestStorage } from '../support/storages.js';

const NOBODY = '0197f1a2-7c1e-7d51-a2a6-6f5f3b0c9a01';

let ground: Ground;
let app: TestApp;
let anna: Person;

const create = (client: Client, body: object) => client.post('jobs/create', body);
const remove = (client: Client, id: string) => client.send('DELETE', `videos/${id}`);
const release = (id: string) => app.app.get(SourcesService, { strict: false }).release(id);

async function createdFrom(client: Client, videoId: string, more: object = {}): Promise<JobDto> {
  const { status, body } = await create(client, { s3_video_id: videoId, ...more });
  expect(status).toBe(201);
  return body as JobDto;
}

/** Keys of everything that somebody has uploaded. */
async function sourcesOf({ id }: Person): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of app.app.get(MediaStorage).list(`uploads/users/${id}/`)) keys.push(key);
  return keys;
}

async function plays(client: Client, videoId: string): Promise<boolean> {
  const { status, body } = await client.get(`videos/${videoId}/playback`);
  if (status !== 200) return false;
  return (await client.get((body as { hls_url: string }).hls_url)).status === 200;
}

describe.each(STORAGES)('a video made of a source that is there, on %s', (kind) => {
  let storage: TestStorage;

  beforeAll(async () => {
    storage = await startStorage(kind);
    ground = await createGround();
    app = await startAppOn(ground, { ...storage.settings, ENCODE_LADDER: '90' });
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
    await storage.stop();
  });
  beforeEach(async () => {
    anna = await makePerson(app);
  });

  test.each([
    ['the upload', 'the job'],
    ['the job', 'the upload'],
  ])('shares its bytes, and outlives %s when that is deleted before %s', async (first) => {
    const { client } = anna;
    const file = await clip('silent');
    const original = await client.uploadVideo(file);
    const job = await createdFrom(client, original, { title: 'Once more' });
    expect((await client.settled(original)).status).toBe('ready');
    expect((await client.settled(job.id)).status).toBe('ready');
    expect([await plays(client, original), await plays(client, job.id)]).toEqual([true, true]);
    const [key = '', ...more] = await sourcesOf(anna);
    expect(more).toEqual([]);
    const stored = await buffer(await app.app.get(MediaStorage).read(key));
    expect(stored.equals(await readFile(file))).toBe(true);
    expect((await client.get(`jobs/${job.id}`)).body).toMatchObject({
      status: 'ready',
      s3_key: key,
    });
    expect((await client.get('videos/s3-videos')).body).toMatchObject({
      videos: [{ id: original, s3_key: key }],
      total_count: 1,
    });

    const [gone, left] = first === 'the job' ? [job.id, original] : [original, job.id];
    await remove(client, gone);
    expect(await plays(client, left)).toBe(true);
    expect(await sourcesOf(anna)).toEqual([key]);
    await release(gone);
    expect(await sourcesOf(anna)).toEqual([key]);
    await remove(client, left);
    expect(await sourcesOf(anna)).toEqual([key]);
    await release(left);
    expect(await sourcesOf(anna)).toEqual([]);
  });

  test('goes with its owner’s account, and leaves nothing', async () => {
    const { client, id } = anna;
    const original = await client.uploadVideo(await clip('silent'));
    const job = await createdFrom(client, original);
    await client.settled(original);
    await client.settled(job.id);
    expect(await app.app.get(AccountEraser, { strict: false }).erase(id)).toBe('erased');
    expect(await sourcesOf(anna)).toEqual([]);
    const rows = await query(ground.databaseUrl, 'SELECT 1 FROM reuse_jobs WHERE owner_id = $1', [
      id,
    ]);
    expect(rows).toEqual([]);
  });
});

describe('jobs', () => {
  let ben: Person;

  beforeAll(async () => {
    ground = await createGround();
    app = await startAppOn(ground, { ROLES: 'api', USER_QUOTA_BYTES: '100000' });
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
  });
  beforeEach(async () => {
    [anna, ben] = [await makePerson(app), await makePerson(app)];
  });

  /** What it holds is no video; only a worker would mind. */
  async function upload({ client }: Person, bytes = 10): Promise<string> {
    const form = new FormData();
    for (const [name, value] of Object.entries({
      title: 'Film',
      tags: 'a,b',
      visibility: 'PRIVATE',
    })) {
      form.append(name, value);
    }
    form.append('allow_duplicate', 'true');
    form.append('file', new Blob([new Uint8Array(bytes)]), 'film.mp4');
    return (await client.post('videos/upload', form)).body.id as string;
  }

  /** A row as the resumable and the direct uploads leave it. */
  async function session({ id }: Person, videoId: string | null, finished = true): Promise<string> {
    const sessionId = randomUUID();
    await query(
      ground.databaseUrl,
      `INSERT INTO upload_sessions (id, owner_id, kind, storage_key, filename, size_bytes, video_id,
         expires_at, finished_at)
       VALUES ($1, $2, 'resumable', $3, 'film.mp4', 10, $4, now(), $5)`,
      [sessionId, id, `k/${sessionId}`, videoId, finished ? new Date() : null],
    );
    return sessionId;
  }

  test('are made of an entry of the library, and take over what is said of it', async () => {
    const original = await upload(anna);
    const { status, body } = await create(anna.client, { s3_video_id: original });
    expect([status, body]).toEqual([
      201,
      {
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        status: 'pending',
        playable: false,
        progress_percent: 0,
        title: 'Film',
        filename: 'film.mp4',
        source_video_id: original,
        s3_key: expect.stringMatching(/_film\.mp4$/) as string,
        transcript_text: null,
        transcript_upload_id: null,
        error: null,
        created_at: expect.any(String) as string,
        updated_at: expect.any(String) as string,
      },
    ]);
    expect((await anna.client.get(`videos/${body.id as string}`)).body).toMatchObject({
      title: 'Film',
      tags: ['a', 'b'],
      visibility: 'PRIVATE',
    });
    expect((await anna.client.get('users/me/usage')).body).toMatchObject({ source_bytes: 10 });
  });

  test('are made of a complete upload, with a title and a transcript', async () => {
    const uploadId = await session(anna, await upload(anna));
    const fields = { title: ' Again ', transcript_text: 'Hello, hello.' };
    const { status, body } = await create(anna.client, { video_upload_id: uploadId, ...fields });
    expect([status, body.title, body.transcript_text]).toEqual([201, 'Again', 'Hello, hello.']);
    expect((await anna.client.get(`jobs/${body.id as string}`)).body).toEqual(body);
  });

  test('take their transcript from subtitles that were uploaded', async () => {
    const original = await upload(anna);
    const form = new FormData();
    form.append('language', 'en');
    form.append('file', new Blob(['1\n00:00:01,000 --> 00:00:02,000\nHello\n']), 'en.srt');
    const subtitle = await anna.client.post(`videos/${original}/subtitles`, form);
    expect(subtitle.status).toBe(201);
    const subtitleId = subtitle.body.id as string;
    const job = await createdFrom(anna.client, original, { transcript_upload_id: subtitleId });
    expect(job.transcript_upload_id).toBe(subtitleId);
    expect(job.transcript_text).toMatch(/^WEBVTT[^]*Hello/);
    const own = await upload(ben);
    const foreign = { s3_video_id: own, transcript_upload_id: subtitleId };
    expect((await create(ben.client, foreign)).body.code).toBe('subtitle.not_found');
  });

  test.each([
    [{}, 'Either video_upload_id or s3_video_id must be provided'],
    [
      { video_upload_id: null, s3_video_id: null },
      'Either video_upload_id or s3_video_id must be provided',
    ],
    [
      { video_upload_id: NOBODY, s3_video_id: NOBODY },
      'Provide either video_upload_id or s3_video_id, not both',
    ],
  ])('need exactly one thing to be made of: %j', async (body, detail) => {
    const answer = await create(anna.client, body);
    expect([answer.status, answer.body.code, answer.body.detail]).toEqual([
      400,
      'request.invalid',
      detail,
    ]);
  });

  test.each([
    [{ s3_video_id: '7' }, 'request.invalid', 400],
    [{ video_upload_id: '' }, 'request.invalid', 400],
    [{ s3_video_id: NOBODY, speed: 2 }, 'request.invalid', 400],
    [{ s3_video_id: NOBODY, title: 'a\0b' }, 'request.invalid', 400],
    [{ s3_video_id: NOBODY, title: 'x'.repeat(201) }, 'request.invalid', 400],
    [
      { s3_video_id: NOBODY, transcript_text: 'a', transcript_upload_id: NOBODY },
      'request.invalid',
      400,
    ],
    [{ s3_video_id: NOBODY, transcript_upload_id: NOBODY }, 'subtitle.not_found', 404],
    [{ s3_video_id: NOBODY }, 'video.not_found', 404],
    [{ video_upload_id: NOBODY }, 'upload.not_found', 404],
  ])('are refused for %j with %s', async (body, code, status) => {
    const answer = await create(anna.client, body);
    expect([answer.body.code, answer.status]).toEqual([code, status]);
  });

  test('are not made of what is other people’s, deleted, unfinished or gone', async () => {
    const original = await upload(anna);
    const uploadId = await session(anna, original);
    const codes = async (person: Person, body: object) => {
      const answer = await create(person.client, body);
      return [answer.status, answer.body.code as string];
    };
    expect(await codes(ben, { s3_video_id: original })).toEqual([404, 'video.not_found']);
    expect(await codes(ben, { video_upload_id: uploadId })).toEqual([404, 'upload.not_found']);
    const open = await session(anna, null, false);
    expect(await codes(anna, { video_upload_id: open })).toEqual([409, 'upload.incomplete']);
    const refused = await session(anna, null);
    expect(await codes(anna, { video_upload_id: refused })).toEqual([409, 'upload.state_conflict']);
    await release(original);
    expect(await codes(anna, { s3_video_id: original })).toEqual([409, 'video.state_conflict']);
    await remove(anna.client, original);
    expect(await codes(anna, { s3_video_id: original })).toEqual([404, 'video.not_found']);
  });

  test('are not made where there is no room left', async () => {
    const original = await upload(anna, 100_000);
    const { status, body } = await create(anna.client, { s3_video_id: original });
    expect([status, body.code]).toEqual([413, 'upload.over_quota']);
  });

  test('are cancelled and run again like the videos they make', async () => {
    const { id } = await createdFrom(anna.client, await upload(anna));
    const steps = [];
    for (const step of ['retry', 'cancel', 'cancel', 'retry']) {
      const { status, body } = await anna.client.post(`jobs/${id}/${step}`);
      steps.push([step, status, body.status as string | number]);
    }
    expect(steps).toEqual([
      ['retry', 409, 409],
      ['cancel', 200, 'cancelled'],
      ['cancel', 409, 409],
      ['retry', 200, 'pending'],
    ]);
  });

  test('are seen by their owner alone, and are no longer there once their video is deleted', async () => {
    const original = await upload(anna);
    const { id } = await createdFrom(anna.client, original);
    const staff = await makePerson(app, { role: 'staff' });
    for (const { client } of [ben, staff]) {
      const answers = [
        await client.get(`jobs/${id}`),
        await client.post(`jobs/${id}/retry`),
        await client.post(`jobs/${id}/cancel`),
      ];
      expect(answers.map(({ body }) => body.code as string)).toEqual(
        Array(3).fill('job.not_found'),
      );
      expect((await client.get('jobs')).body).toMatchObject({ jobs: [], total_count: 0 });
    }
    // An upload is a video, but no job.
    expect((await anna.client.get(`jobs/${original}`)).status).toBe(404);
    expect((await anna.client.get('jobs/7')).status).toBe(400);
    await remove(anna.client, id);
    expect((await anna.client.get(`jobs/${id}`)).status).toBe(404);
    expect((await anna.client.get('jobs')).body).toMatchObject({ jobs: [], total_count: 0 });
  });

  test('come in pages, the newest first', async () => {
    const original = await upload(anna);
    for (const title of ['1', '2', '3']) await createdFrom(anna.client, original, { title });
    const { body } = await anna.client.get('jobs?page_size=2');
    expect(body).toMatchObject({
      jobs: [{ title: '3' }, { title: '2' }],
      ...{ total_count: 3, page: 1, page_size: 2, total_pages: 2, has_more: true },
    });
    expect((await anna.client.get('jobs?page=0')).body.errors[0].field).toBe('page');
    expect((await anna.client.get('jobs?page_size=51')).body.errors[0].field).toBe('page_size');
  });

  test('a source goes with the last of many that are released at once', async () => {
    const original = await upload(anna);
    const ids = [original];
    for (let at = 0; at < 5; at += 1) ids.push((await createdFrom(anna.client, ids[at] ?? '')).id);
    expect(await sourcesOf(anna)).toHaveLength(1);
    await Promise.all(ids.slice(1).map(release));
    expect(await sourcesOf(anna)).toHaveLength(1);
    const before = createHash('sha256').update(new Uint8Array(10)).digest('hex');
    const [key = ''] = await sourcesOf(anna);
    const stored = await buffer(await app.app.get(MediaStorage).read(key));
    expect(createHash('sha256').update(stored).digest('hex')).toBe(before);
    await Promise.all([release(original), release(original)]);
    expect(await sourcesOf(anna)).toEqual([]);
  });

  test('whoever comes while a source is released gets it whole or is told that it is gone', async () => {
    for (let round = 0; round < 10; round += 1) {
      const original = await upload(anna);
      const [answer] = await Promise.all([
        create(anna.client, { s3_video_id: original }),
        release(original),
      ]);
      expect(await sourcesOf(anna)).toHaveLength(answer.status === 201 ? 1 : 0);
      if (answer.status === 201) await release((answer.body as JobDto).id);
      else expect(answer.status).toBe(409);
    }
  });

  test('a source that cannot be deleted stays with its video', async () => {
    const original = await upload(anna);
    const storage = app.app.get(MediaStorage);
    const failing = jest.spyOn(storage, 'delete').mockRejectedValue(new Error('the disk is away'));
    await expect(release(original)).rejects.toThrow('the disk is away');
    failing.mockRestore();
    expect((await anna.client.get('videos/s3-videos')).body.total_count).toBe(1);
    await release(original);
    expect(await sourcesOf(anna)).toEqual([]);
  });

  test('a source that is refused goes once both videos of it have been refused', async () => {
    const original = await upload(anna);
    const job = await createdFrom(anna.client, original);
    const worker = await startAppOn(ground, { ROLES: 'worker' });
    const verdicts = [await anna.client.settled(original), await anna.client.settled(job.id)];
    await worker.close();
    expect(verdicts.map(({ error }) => error?.code)).toEqual([
      'source.not_a_video',
      'source.not_a_video',
    ]);
    expect(await sourcesOf(anna)).toEqual([]);
    expect((await anna.client.get(`jobs/${job.id}`)).body).toMatchObject({
      status: 'failed',
      s3_key: null,
      error: { code: 'source.not_a_video' },
    });
    const retry = await anna.client.post(`jobs/${job.id}/retry`);
    expect([retry.status, retry.body.code]).toEqual([409, 'video.state_conflict']);
  });
});
