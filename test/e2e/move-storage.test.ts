import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DataSource } from 'typeorm';
import { describeKey } from '../../src/media/stored-object.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { put } from '../support/put.js';
import { manage } from '../support/server.js';
import { startStorage, type TestStorage } from '../support/storages.js';

const SECRET_KEY = 'a secret of thirty-two characters';

let storage: TestStorage;
let ground: Ground;
let app: TestApp;
let anna: Person;

beforeAll(async () => {
  storage = await startStorage('s3');
  ground = await createGround();
});
afterAll(async () => {
  await app.close();
  await ground.remove();
  await storage.stop();
});

const sql = <T>(query: string, parameters: unknown[] = []) =>
  app.app.get(DataSource).query<T[]>(query, parameters);

/** Restarts the platform with other settings; whoever is signed in stays so. */
async function restart(settings: Record<string, string>): Promise<void> {
  await (app as TestApp | undefined)?.close();
  const roles = { ROLES: 'api,worker', SECRET_KEY, ENCODE_LADDER: '90' };
  app = await startAppOn(ground, { ...roles, ...settings });
  if (anna as Person | undefined) anna.client = new Client(app.origin, anna.client.token);
}

const move = (to: string, settings: Record<string, string>) =>
  manage(['move-storage', '--to', to], {
    ...{ DATABASE_URL: ground.databaseUrl, DATA_DIR: ground.dataDir, SECRET_KEY },
    // Those of the AWS SDK about old versions of Node.js.
    ...{ NODE_NO_WARNINGS: '1', ...settings },
  });

async function keys(): Promise<string[]> {
  const found = new Set<string>();
  for await (const key of app.app.get(MediaStorage).list('')) found.add(key);
  return [...found].sort();
}

/** Objects on the disk, as the platform names them. */
async function onDisk(): Promise<string[]> {
  const files = await filesBelow(path.join(ground.dataDir, 'media'));
  return files.filter((key) => describeKey(key) !== undefined);
}

/** What people get, byte by byte. */
async function shown(ids: readonly string[]): Promise<string[]> {
  const { body } = await anna.client.get('videos/s3-videos');
  const addresses = (body.videos as { s3_url: string }[]).map(({ s3_url }) => s3_url);
  for (const id of ids) {
    const playback = (await anna.client.get(`videos/${id}/playback`)).body;
    const folder = playback.hls_url.replace(/master\.m3u8$/, 'v90p');
    addresses.push(playback.hls_url, `${folder}/index.m3u8`, `${folder}/segment_00001.m4s`);
    addresses.push(playback.poster_url, playback.storyboard_vtt_url);
    addresses.push(...(playback.subtitles as { url: string }[]).map(({ url }) => url));
  }
  return Promise.all(
    addresses.map(async (address) => {
      const response = await fetch(app.origin + address);
      expect([address, response.status]).toEqual([address, 200]);
      return Buffer.from(await response.arrayBuffer()).toString('base64');
    }),
  );
}

test('everything moves to a bucket and back beside a running server, and nobody misses anything', async () => {
  const s3 = storage.settings;
  const film = await readFile(await clip('silent'));
  await restart({});
  anna = await makePerson(app);
  const id = await anna.client.uploadVideo(await clip('silent'));
  expect((await anna.client.settled(id)).status).toBe('ready');
  const copy = (await anna.client.post('jobs/create', { s3_video_id: id })).body.id as string;
  expect((await anna.client.settled(copy)).status).toBe('ready');
  const track = new FormData();
  track.append('file', new Blob(['1\n00:00:00,000 --> 00:00:01,000\nHello.\n']), 'a.srt');
  track.append('language', 'en');
  await anna.client.post(`videos/${id}/subtitles`, track);
  // Failed before anybody had looked into its source: the ETag that was remembered is of the disk.
  const failed = await anna.client.uploadVideo(await clip('silent'));
  await anna.client.settled(failed);
  await sql(`UPDATE videos SET status = 'failed', source_etag = '"disk"' WHERE id = $1`, [failed]);
  const ids = [id, copy];
  const all = await keys();
  const bytes = await shown(ids);
  const usage = (await anna.client.get('users/me/usage')).body as object;
  const announced = { filename: 'late.mp4', content_type: 'video/mp4', size: film.length };
  const upload = (await anna.client.post('upload/videos/upload-url', announced)).body;

  // To S3. A client sends to the address that it got before.
  const toS3 = { ...s3, STORAGE_FALLBACK: 'disk' };
  expect((await move('s3', s3)).stderr).toMatch(/^Error: Set STORAGE=s3 and STORAGE_FALLBACK=disk/);
  await restart(toS3);
  expect([await keys(), await shown(ids)]).toEqual([all, bytes]);
  const headers = { ...upload.headers, 'content-length': film.length };
  expect((await put(`${app.origin}${upload.upload_url}`, film, headers)).status).toBe(204);
  const progress = { isMoving: true };
  const moved = move('s3', toS3).finally(() => (progress.isMoving = false));
  while (progress.isMoving)
    expect([await keys(), await shown(ids)]).toEqual([[...all, upload.s3_key].sort(), bytes]);
  expect(await moved).toMatchObject({ code: 1, stderr: '' });
  expect((await moved).stdout).toMatch(
    /^Moved \d+ files, .* to s3\.\n1 file of uploads .* on disk: run it again/,
  );
  expect(await onDisk()).toEqual([upload.s3_key]);
  const { status, body: late } = await anna.client.post('upload/videos/metadata', {
    ...{ s3_key: upload.s3_key, title: 'Late', visibility: 'PUBLIC', allow_duplicate: true },
  });
  expect(status).toBe(201);
  expect((await anna.client.settled(late.id)).status).toBe('ready');
  expect(await move('s3', toS3)).toEqual({
    code: 0,
    stdout: `Moved 1 file, ${(film.length / 1024).toFixed(0)} KiB to s3.\nNothing is left on disk.\n`,
    stderr: '',
  });
  expect(await onDisk()).toEqual([]);

  // On S3 alone.
  await restart(s3);
  const allNow = await keys();
  expect(allNow).toEqual(expect.arrayContaining(all));
  expect((await shown(ids)).slice(2)).toEqual(bytes.slice(1));
  await anna.client.send('DELETE', `videos/${late.id}?purge=true`);
  expect((await anna.client.get('users/me/usage')).body).toEqual(usage);
  expect((await anna.client.post(`videos/${failed}/retry`)).status).toBe(200);
  expect((await anna.client.settled(failed)).status).toBe('ready');

  // And back. What is uploaded in between is on the disk at once.
  const toDisk = { ...s3, STORAGE: 'disk', STORAGE_FALLBACK: 's3' };
  await restart(toDisk);
  const young = await anna.client.uploadVideo(await clip('silent'));
  expect((await anna.client.settled(young)).status).toBe('ready');
  const everything = await keys();
  expect((await onDisk()).length).toBeLessThan(everything.length);
  const back = await move('disk', toDisk);
  expect([back.code, back.stderr]).toEqual([0, '']);
  expect(await onDisk()).toEqual(everything);
  await restart({});
  expect(await keys()).toEqual(everything);
  const [source] = await shown(ids);
  expect(source).toBe(film.toString('base64'));
  expect((await move('disk', toDisk)).stdout).toBe(
    'Moved 0 files, 0 B to disk.\nNothing is left on s3.\n',
  );
}, 180_000);
