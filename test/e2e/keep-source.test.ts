import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { SpentSources } from '../../src/catalogue/sources/spent-sources.service.js';
import { JobQueue } from '../../src/ports/job-queue.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { clip } from '../support/clips.js';
import { makePerson, type Person } from '../support/people.js';
import { put } from '../support/put.js';
import { until } from '../support/until.js';

describe('with KEEP_SOURCE=until_ready', () => {
  let ground: Ground;
  let app: TestApp;
  let anna: Person;

  beforeAll(async () => {
    ground = await createGround();
    const settings = { ROLES: 'api,worker', ENCODE_LADDER: '90', KEEP_SOURCE: 'until_ready' };
    app = await startAppOn(ground, settings);
  });
  afterAll(async () => {
    await app.close();
    await ground.remove();
  });
  beforeEach(async () => {
    anna = await makePerson(app);
  });

  const sql = <T>(query: string, parameters: unknown[] = []) =>
    app.app.get(DataSource).query<T[]>(query, parameters);

  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const key of app.app.get(MediaStorage).list(prefix)) found.push(key);
    return found;
  }
  const sources = () => keys(`uploads/users/${anna.id}/`);
  const sourcesGone = () =>
    until(async () => (await sources()).length === 0, { what: 'the end of the source' });

  test('a source goes once its video is complete, which plays, counts and is known as before', async () => {
    const { client } = anna;
    const id = await client.uploadVideo(await clip('plain'));
    expect((await client.settled(id)).status).toBe('ready');
    await sourcesGone();
    const outputs = await keys(`videos/${id}/`);
    const media = app.app.get(MediaStorage);
    const lists = outputs.filter((key) => /\.(m3u8|mpd|vtt)$/.test(key));
    expect(lists.length).toBeGreaterThan(3);
    for (const key of lists) {
      expect(await text(await media.read(key))).not.toMatch(/uploads|source|plain\.mp4|\.\.\//);
    }
    const { hls_url: url } = (await client.get(`videos/${id}/playback`)).body;
    expect((await client.get(url as string)).status).toBe(200);
    const usage = (await client.get('users/me/usage')).body;
    expect(usage).toMatchObject({ source_bytes: 0 });
    expect(usage.rendition_bytes).toBeGreaterThan(0);

    expect((await client.get('videos/s3-videos')).body).toMatchObject({ total_count: 0 });
    const reused = await client.post('jobs/create', { s3_video_id: id });
    expect([reused.status, reused.body.code]).toEqual([409, 'video.state_conflict']);
    expect(reused.body.detail).toContain('uploaded file of this video is gone');
    expect((await client.post(`videos/${id}/retry`)).body.code).toBe('video.state_conflict');
    const again = await client.upload(await clip('plain'));
    expect([again.status, again.body.code]).toEqual([409, 'upload.duplicate']);
    expect(again.body.detail).toContain(id);
    expect(await sources()).toEqual([]);
  });

  test('a file that was sent straight to the storage is one video, also when it is said again', async () => {
    const { client } = anna;
    const film = await readFile(await clip('silent'));
    const announced = { filename: 'a.mp4', content_type: 'video/mp4', size: film.length };
    const upload = (await client.post('upload/videos/upload-url', announced)).body;
    const address = new URL(upload.upload_url as string, app.origin).href;
    await put(address, film, { ...upload.headers, 'content-length': film.length });
    const metadata = { s3_key: upload.s3_key, title: 'A', visibility: 'PUBLIC' };
    const first = await client.post('upload/videos/metadata', metadata);
    expect(first.status).toBe(201);
    expect((await client.settled(first.body.id)).status).toBe('ready');
    await sourcesGone();
    const second = await client.post('upload/videos/metadata', metadata);
    expect([second.status, second.body.id]).toEqual([201, first.body.id]);
  });

  test('a source stays for those of its videos that are not complete', async () => {
    const { client } = anna;
    const original = await client.uploadVideo(await clip('long'));
    const copy = (await client.post('jobs/create', { s3_video_id: original })).body.id as string;
    await client.post(`jobs/${copy}/cancel`);
    expect((await client.settled(original)).status).toBe('ready');
    const left = await until(
      async () => {
        const rows = await sql<{ id: string }>(
          'SELECT id FROM videos WHERE owner_id = $1 AND source_key IS NOT NULL',
          [anna.id],
        );
        return rows.length === 1 && rows;
      },
      { what: 'the release' },
    );
    expect([left, (await sources()).length]).toEqual([[{ id: copy }], 1]);
    expect((await client.post(`jobs/${copy}/retry`)).status).toBe(200);
    expect((await client.settled(copy)).status).toBe('ready');
    await sourcesGone();
  });

  test('what a crash has left is released by the schedule, and nothing else is', async () => {
    const { client } = anna;
    const id = await client.uploadVideo(await clip('silent'));
    expect((await client.settled(id)).status).toBe('ready');
    await sourcesGone();
    // As if it had been killed before the release, and one that was complete before the setting was.
    const [left, older] = [
      `uploads/users/${anna.id}/videos/1_a.mp4`,
      `uploads/users/${anna.id}/videos/2_b.mp4`,
    ];
    for (const key of [left, older]) {
      await app.app.get(MediaStorage).write(key, Readable.from(['x']));
    }
    const kept = await client.uploadVideo(await clip('silent'));
    await client.settled(kept);
    await until(async () => (await sources()).length === 2, { what: 'the release' });
    await sql('UPDATE videos SET source_key = $2, source_sha256 = NULL WHERE id = $1', [id, left]);
    await sql('UPDATE videos SET source_key = $2, source_spent = false WHERE id = $1', [
      kept,
      older,
    ]);
    await app.app.get(JobQueue).add('release-spent-sources', {});
    await until(async () => !(await sources()).includes(left), { what: 'the job' });
    expect(await sources()).toEqual([older]);
    const rows = await sql<{ source_sha256: string }>(
      'SELECT source_sha256 FROM videos WHERE id = $1 AND source_key IS NULL',
      [id],
    );
    expect(rows).toEqual([{ source_sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string }]);
    const spent = app.app.get(SpentSources, { strict: false });
    expect(await spent.releaseDue()).toBe('released 0 sources');
  });
});
