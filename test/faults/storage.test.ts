import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { s3Client, type S3Config } from '../../src/infrastructure/storage/s3-client.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { ObjectNotFoundError } from '../../src/ports/media-storage.js';
import type { Problem } from '../../src/common/problem.js';
import { SweepTask } from '../../src/pipeline/sweep.task.js';
import { JobQueue } from '../../src/ports/job-queue.js';
import { ADMIN_SETTINGS, signInAsAdmin } from '../support/administrator.js';
import { createGround, startApp, type Ground } from '../support/app.js';
import { signUp, type Answer, type Client } from '../support/client.js';
import { clip } from '../support/clips.js';
import { query } from '../support/database.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { oneBucket, settingsOf, threeBuckets } from '../support/s3-settings.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { environment, freePort, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

const CUTS = 200;
/** The server looks at least once a minute for what it could not end. */
const CLEANED_UP_SECONDS = 150;
/** In which of 80 rounds the proxy changes what it does. */
const MOODS = new Map<number, 'stalls' | 'passes' | 'crawls'>([
  [20, 'stalls'],
  [30, 'passes'],
  [40, 'crawls'],
  [60, 'passes'],
]);
const START_MILLISECONDS = 120_000;
/** Of files that come by form at once: one that is sent whole, and some in parts. */
const FORM_BYTES = [1_000_000, 9_000_000, 17_000_000, 33_000_000];

let s3: S3Server;
let proxy: FaultProxy;

beforeAll(async () => {
  s3 = await startS3Server();
}, START_MILLISECONDS);
afterAll(() => s3.stop());
beforeEach(async () => {
  proxy = await FaultProxy.before(s3.endpoint);
});
afterEach(() => proxy.stop());

/** What became of one object, as the process that wrote it saw it. */
interface Traffic {
  key: string;
  sha256: string;
  written: string;
  read: string;
}

test(`with ${CUTS} cuts on the way, an object is stored whole or not at all, and read right or not`, async () => {
  const config = oneBucket(s3);
  const traffic = spawn(
    process.execPath,
    [
      path.resolve('test/support/object-traffic.mjs'),
      JSON.stringify({ ...config, endpoint: proxy.origin }),
    ],
    { env: environment({}), stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(traffic, 'exit');
  const objects: Traffic[] = [];
  createInterface(traffic.stdout).on('line', (line) => objects.push(JSON.parse(line) as Traffic));
  for (let round = 0; proxy.cuts < CUTS && traffic.exitCode === null; round += 1) {
    await misbehave(round);
  }
  proxy.set('passes');
  traffic.kill('SIGTERM');
  await ended;

  const direct = new S3Storage(config);
  const count = (field: 'written' | 'read', value: string) =>
    objects.filter((object) => object[field] === value).length;
  console.info(
    `${proxy.cuts} cuts: of ${objects.length} objects ${count('written', 'whole')} were written ` +
      `and ${count('read', 'identical')} read at once.`,
  );
  expect(proxy.cuts).toBeGreaterThanOrEqual(CUTS);
  expect(count('written', 'whole')).toBeGreaterThan(0);
  for (const { key, sha256, written, read } of objects) {
    expect(['whole', 'StorageUnavailableError']).toContain(written);
    const stored = await sha256Of(direct, key).catch((error: unknown) => {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    });
    if (written === 'whole') {
      expect(['identical', 'StorageUnavailableError']).toContain(read);
      expect([key, stored]).toEqual([key, sha256]);
    } else {
      // With all its answers lost, nobody can know that a write came through.
      expect([undefined, sha256]).toContain(stored);
    }
  }
});

test(`with ${CUTS} cuts on the way, a form ends as a video of the same bytes or is told to have failed, and leaves nothing`, async () => {
  const config = oneBucket(s3);
  const ground = await createGround();
  const server = await serverOn(ground, config, { ROLES: 'api' });
  try {
    const client = await signInAsAdmin(server.origin);
    const sent: { sha256: string; answer: Answer }[] = [];
    for (let round = 0; proxy.cuts < CUTS;) {
      const forms = FORM_BYTES.map(async (sizeBytes) => {
        const bytes = randomBytes(sizeBytes);
        const form = new FormData();
        form.append('file', new Blob([bytes]), 'film.mp4');
        const answer = await client.post('videos/upload', form);
        sent.push({ sha256: createHash('sha256').update(bytes).digest('hex'), answer });
      });
      const progress = { isOver: false };
      const over = Promise.all(forms).finally(() => (progress.isOver = true));
      while (!progress.isOver) await misbehave(round++);
      await over;
    }
    proxy.set('passes');

    const direct = new S3Storage(config);
    const taken = sent.filter(({ answer }) => answer.status === 201);
    const failed = sent.filter(({ answer }) => answer.status !== 201);
    console.info(
      `${proxy.cuts} cuts: of ${sent.length} forms ${taken.length} became videos, ${failed.length} failed.`,
    );
    const videos = await query<{ id: string; source_key: string }>(
      ground.databaseUrl,
      'SELECT id, source_key FROM videos',
    );
    expect(videos.map(({ id }) => id).sort()).toEqual(
      taken.map(({ answer }) => (answer.body as { id: string }).id).sort(),
    );
    for (const { sha256, answer } of taken) {
      const key = videos.find(({ id }) => id === (answer.body as { id: string }).id)?.source_key;
      expect(await sha256Of(direct, key ?? '')).toBe(sha256);
    }
    for (const { answer } of failed) {
      expect([answer.status, (answer.body as Problem).code]).toEqual([503, 'service.unavailable']);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await keysOf(direct)).sort()).toEqual(videos.map((video) => video.source_key).sort());
    await until(async () => (await openMultipartUploads(config)).length === 0, {
      seconds: CLEANED_UP_SECONDS,
      what: 'the end of the uploads that S3 kept open',
    });
  } finally {
    await server.stop('SIGKILL');
    await ground.remove();
  }
}, 600_000);

test.each([
  [
    'is refused',
    () => ({ S3_SECRET_ACCESS_KEY: 'wrong' }),
    /^videoflix: S3_BUCKET: s3:PutObject on bucket \S+ was refused \(SignatureDoesNotMatch\)\n$/m,
  ],
  [
    'is not there',
    () => ({ S3_ENDPOINT: 'http://127.0.0.1:1' }),
    /^videoflix: S3_ENDPOINT: s3:HeadBucket on bucket \S+ got no answer \(ECONNREFUSED\)\n$/m,
  ],
])('a start whose storage %s ends with one sentence that says so', async (_, wrong, sentence) => {
  const ground = await createGround();
  const { code, stderr } = await new ServerProcess({
    PORT: await freePort(),
    DATABASE_URL: ground.databaseUrl,
    DATA_DIR: ground.dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ...settingsOf(oneBucket(s3)),
    ...wrong(),
  }).end();
  await ground.remove();
  expect(code).toBe(1);
  expect(stderr).toMatch(sentence);
});

describe('a platform whose storage goes away', () => {
  let ground: Ground;
  let server: ServerProcess;
  let client: Client;
  let direct: S3Storage;
  let config: S3Config;

  beforeEach(async () => {
    ground = await createGround();
    config = threeBuckets(s3);
    direct = new S3Storage(config);
    server = await serverOn(ground, config, { ENCODE_PRESET: 'ultrafast' });
    client = await signInAsAdmin(server.origin);
  });

  afterEach(async () => {
    await server.stop('SIGKILL');
    await ground.remove();
  });

  test('says so, keeps nothing of an upload, and takes it when the storage is back', async () => {
    const file = await clip('plain');
    proxy.set('refuses');
    const { status, headers, body } = await client.upload(file);
    expect([status, body.code]).toEqual([503, 'service.unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await query(ground.databaseUrl, 'SELECT id FROM videos')).toEqual([]);
    expect(await keysOf(direct)).toEqual([]);
    proxy.set('passes');
    const again = await client.upload(file);
    expect(again.status).toBe(201);
    expect(await client.settled(again.body.id)).toMatchObject({ status: 'ready' });
  });

  test('ends the upload that it had to leave open once the storage is back', async () => {
    proxy.set('crawls');
    const form = new FormData();
    form.append('file', new Blob([randomBytes(33_000_000)]), 'film.mp4');
    const answer = client.post('videos/upload', form);
    await until(async () => (await openMultipartUploads(config)).length === 1);
    proxy.set('refuses');
    expect((await answer).status).toBe(503);
    expect(await openMultipartUploads(config)).toHaveLength(1);
    proxy.set('passes');
    await until(async () => (await openMultipartUploads(config)).length === 0);
    expect(await keysOf(direct)).toEqual([]);
  });

  test('goes on with a film whose processing the storage left for some seconds', async () => {
    const id = await client.uploadVideo(await clip('plain'));
    proxy.set('refuses');
    await sleep(2000);
    proxy.set('passes');
    expect(await client.settled(id, 90)).toMatchObject({ status: 'ready' });
  });
});

test('a film that the storage kept from being made is made once it is back', async () => {
  const app = await startApp({ ...settingsOf(threeBuckets(s3)), S3_ENDPOINT: proxy.origin });
  try {
    const anna = await signUp(app, 'anna@example.com');
    const id = await anna.uploadVideo(await clip('plain'));
    proxy.set('refuses');
    const [revision] = await query<{ id: string }>(
      app.databaseUrl,
      'SELECT id FROM revisions WHERE video_id = $1',
      [id],
    );
    const jobs = app.app.get(JobQueue, { strict: false });
    await until(
      async () =>
        !(await jobs.isPending('prepare', `prepare-${revision?.id}`)) &&
        !(await jobs.isPending('publish', `publish-${revision?.id}`)),
      { what: 'the last attempt' },
    );
    expect(['pending', 'processing']).toContain((await anna.statusOf(id)).status);
    proxy.set('passes');
    await query(
      app.databaseUrl,
      `UPDATE videos SET updated_at = now() - interval '10 minutes' WHERE id = $1`,
      [id],
    );
    await app.app.get(SweepTask, { strict: false }).sweep();
    expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
  } finally {
    await app.close();
  }
});

/** Cuts a connection, and may change what the proxy does to all. */
async function misbehave(round: number): Promise<void> {
  await sleep(40);
  proxy.cutOne();
  const behaviour = MOODS.get(round % 80);
  if (behaviour) proxy.set(behaviour);
}

/** Behind the proxy. */
async function serverOn(
  { databaseUrl, dataDir }: Ground,
  config: S3Config,
  settings: Record<string, string>,
): Promise<ServerProcess> {
  return new ServerProcess({
    PORT: await freePort(),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ...ADMIN_SETTINGS,
    ...settingsOf(config),
    S3_ENDPOINT: proxy.origin,
    ...settings,
  }).listening();
}

async function openMultipartUploads(config: S3Config): Promise<(string | undefined)[]> {
  const request = new ListMultipartUploadsCommand({ Bucket: config.buckets.sources });
  const { Uploads = [] } = await s3Client(config).send(request);
  return Uploads.map(({ Key }) => Key);
}

async function sha256Of(storage: S3Storage, key: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await storage.read(key)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function keysOf(storage: S3Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const key of storage.list('')) found.push(key);
  return found;
}
