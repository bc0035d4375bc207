import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import type { MediaStorage } from '../../src/ports/media-storage.js';
import { ADMIN_SETTINGS, signInAsAdmin } from '../support/administrator.js';
import { createGround, type Ground } from '../support/app.js';
import type { Client } from '../support/client.js';
import { query } from '../support/database.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { filesBelow } from '../support/files.js';
import { oneBucket, settingsOf } from '../support/s3-settings.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { environment, freePort, ServerProcess } from '../support/server.js';
import { TusClient } from '../support/tus.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 ** 2;
const START_MILLISECONDS = 120_000;
const CUTS = 200;
const UPLOADS_AT_ONCE = 3;
/** After so many cuts of one upload it ends by itself, and is gone on with later. */
const ATTEMPTS = 2;

let s3: S3Server;
let ground: Ground;
let folder: string;
let settings: Record<string, string> & { PORT: string };
let server: ServerProcess;
let client: Client;
let tus: TusClient;

beforeAll(async () => {
  s3 = await startS3Server();
}, START_MILLISECONDS);
afterAll(() => s3.stop());

/** Without a worker, which would throw away what is no video. */
beforeEach(async () => {
  ground = await createGround();
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-tus-'));
  settings = {
    PORT: await freePort(),
    DATABASE_URL: ground.databaseUrl,
    DATA_DIR: ground.dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ROLES: 'api',
    ...ADMIN_SETTINGS,
  };
});
afterEach(async () => {
  await server.stop('SIGKILL');
  await ground.remove();
  await rm(folder, { recursive: true, force: true });
});

async function start(more: Record<string, string> = {}): Promise<void> {
  server = await new ServerProcess({ ...settings, ...more }).listening();
  client = await signInAsAdmin(server.origin);
  tus = new TusClient(client);
}

/** A process that uploads a file, or goes on with it. */
function uploading(origin: string, file: string, attempts = 0) {
  const { token } = client;
  const order = { origin, token, file, memory: `${file}.addresses`, attempts };
  const script = path.resolve('test/support/tus-upload.mjs');
  const child = spawn(process.execPath, [script, JSON.stringify(order)], {
    env: environment({}),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, lines: text(child.stdout).then((said) => said.trim().split('\n')) };
}

async function makeFile(sizeBytes: number): Promise<string> {
  const file = path.join(folder, randomBytes(6).toString('hex'));
  await writeFile(file, randomBytes(sizeBytes));
  return file;
}

/** Unless it has noticed that the server is gone, and ended. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** How far the newest unfinished upload is. */
async function newestOffset(): Promise<number> {
  const { body } = await client.get('uploads');
  return Number(body.uploads[0]?.offset ?? 0);
}

/** What the client's last line says, with the bytes that the storage has of it. */
async function outcome(lines: Promise<string[]>, storage: MediaStorage) {
  const [said, url = '', videoId] = ((await lines).at(-1) ?? '').split(' ');
  if (said !== 'done') return { said, videoId: undefined, bytes: undefined };
  const [row] = await query<{ storage_key: string; video_id: string }>(
    ground.databaseUrl,
    'SELECT storage_key, video_id FROM upload_sessions WHERE id = $1',
    [path.basename(url)],
  );
  expect(row?.video_id).toBe(videoId);
  return { said, videoId, bytes: await buffer(await storage.read(row?.storage_key ?? '')) };
}

test.each(['disk', 's3'] as const)(
  'a client in a new process goes on after the server was killed in mid-PATCH, on %s',
  async (kind) => {
    const config = oneBucket(s3);
    const storage =
      kind === 's3' ? new S3Storage(config) : new DiskStorage(`${ground.dataDir}/media`);
    const more = kind === 's3' ? settingsOf(config) : {};
    await start(more);
    const slow = await FaultProxy.before(server.origin);
    slow.set('crawls');
    const file = await makeFile(20 * MEBIBYTE);
    const first = uploading(slow.origin, file);
    await until(async () => (await newestOffset()) >= 8 * MEBIBYTE);
    await server.stop('SIGKILL');
    await kill(first.child);
    slow.set('passes');
    await start(more);
    const there = await newestOffset();
    expect(there).toBeGreaterThanOrEqual(8 * MEBIBYTE);
    expect(there).toBeLessThan(20 * MEBIBYTE);
    const second = uploading(slow.origin, file, 5);
    const { videoId, bytes } = await outcome(second.lines, storage);
    const [from] = await second.lines;
    expect(Number(from?.split(' ')[1])).toBeGreaterThanOrEqual(there);
    expect(bytes?.equals(await readFile(file))).toBe(true);
    const videos = await query(ground.databaseUrl, 'SELECT id FROM videos');
    expect(videos).toEqual([{ id: videoId }]);
    await slow.stop();
  },
);

test(`with ${CUTS} cuts between server and storage, every upload ends identical or can go on`, async () => {
  const config = oneBucket(s3);
  const storage = new S3Storage(config);
  const proxy = await FaultProxy.before(s3.endpoint);
  await start({ ...settingsOf(config), S3_ENDPOINT: proxy.origin });
  const counts = { whole: 0, resumed: 0 };
  try {
    while (proxy.cuts < CUTS) {
      const files = await Promise.all(
        Array.from({ length: UPLOADS_AT_ONCE }, (_, at) => makeFile((9 + 7 * at) * MEBIBYTE)),
      );
      const attempts = files.map((file) => uploading(server.origin, file, ATTEMPTS));
      let running = attempts.length;
      for (const { lines } of attempts) void lines.finally(() => (running -= 1));
      while (running > 0) {
        await sleep(40);
        if (proxy.cuts < CUTS) proxy.cutOne();
      }
      for (const [at, { lines }] of attempts.entries()) {
        const file = files[at] ?? '';
        let result = await outcome(lines, storage);
        counts[result.said === 'done' ? 'whole' : 'resumed'] += 1;
        if (result.said !== 'done') {
          result = await outcome(uploading(server.origin, file, 5).lines, storage);
        }
        expect(result.said).toBe('done');
        expect(result.bytes?.equals(await readFile(file))).toBe(true);
        await rm(file);
      }
    }
  } finally {
    await proxy.stop();
  }
  console.info(
    `${proxy.cuts} cuts: ${counts.whole} uploads went through, ${counts.resumed} were gone on with.`,
  );
  const [row] = await query<{ count: string }>(ground.databaseUrl, 'SELECT count(*) FROM videos');
  expect(Number(row?.count)).toBe(counts.whole + counts.resumed);
}, 600_000);

test('while the storage is away clients are told when to come back, and nothing is lost', async () => {
  const config = oneBucket(s3);
  const proxy = await FaultProxy.before(s3.endpoint);
  await start({ ...settingsOf(config), S3_ENDPOINT: proxy.origin });
  try {
    const bytes = randomBytes(100_000);
    const url = await tus.create(bytes.length);
    await tus.patch(url, 0, bytes.subarray(0, 60_000));
    proxy.set('refuses');
    for (const answer of [
      await tus.patch(url, 60_000, bytes.subarray(60_000)),
      await tus.head(url),
      await tus.tryCreate(1000),
    ]) {
      expect(answer.status).toBe(503);
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    proxy.set('passes');
    expect(await tus.offset(url)).toBe(60_000);
    expect((await tus.patch(url, 60_000, bytes.subarray(60_000))).status).toBe(204);
    const [video] = await query<{ source_key: string }>(
      ground.databaseUrl,
      'SELECT source_key FROM videos',
    );
    const stored = await new S3Storage(config).read(video?.source_key ?? '');
    expect((await buffer(stored)).equals(bytes)).toBe(true);
  } finally {
    await proxy.stop();
  }
});

test('a piece that waited for its comparison when the server was killed is gone, and can be sent again', async () => {
  await start();
  const bytes = randomBytes(MEBIBYTE);
  const url = await tus.create(bytes.length);
  const sha1 = createHash('sha1').update(bytes).digest('base64');
  const headers = { 'content-length': bytes.length, 'upload-checksum': `sha1 ${sha1}` };
  tus.begin(url, 0, headers).sent.write(bytes.subarray(0, 500_000));
  const scratch = path.join(ground.dataDir, 'scratch');
  await until(async () => (await filesBelow(scratch)).length === 1);
  await server.stop('SIGKILL');
  expect(await readdir(scratch)).toHaveLength(1);
  await start();
  expect(await readdir(scratch)).toEqual([]);
  expect(await tus.offset(url)).toBe(0);
  expect((await tus.patch(url, 0, bytes, headers)).status).toBe(204);
});

test('a server that loses its locks in mid-PATCH stops there, and the client goes on', async () => {
  await start();
  const bytes = randomBytes(200_000);
  const url = await tus.create(bytes.length);
  const sending = tus.begin(url, 0, { 'content-length': bytes.length });
  sending.sent.write(bytes.subarray(0, 50_000));
  await until(async () => (await newestOffset()) === 50_000);
  await query(
    ground.databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'videoflix locks' AND datname = current_database()`,
  );
  const { status, headers } = await sending.answer;
  expect([status, headers['upload-offset']]).toEqual([204, '50000']);
  expect((await tus.patch(url, 50_000, bytes.subarray(50_000))).status).toBe(204);
  expect(await query(ground.databaseUrl, 'SELECT id FROM videos')).toHaveLength(1);
});

const asRoot = process.getuid?.() === 0 && process.platform === 'linux' ? test : test.skip;

asRoot('on a full disk what fits is kept, and the rest goes there later (as root)', async () => {
  const media = path.join(ground.dataDir, 'media');
  await mkdir(media);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', media]);
  try {
    await start();
    const bytes = randomBytes(12 * MEBIBYTE);
    const url = await tus.create(bytes.length);
    const { bavail, bsize } = await statfs(media);
    const filler = path.join(media, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize - 5 * MEBIBYTE));
    const { status, problem } = await tus.patch(url, 0, bytes);
    expect([status, problem?.code]).toEqual([507, 'storage.full']);
    const offset = await tus.offset(url);
    expect(offset).toBeGreaterThan(MEBIBYTE);
    expect((await tus.patch(url, offset, bytes.subarray(offset))).status).toBe(507);
    await rm(filler);
    const rest = await tus.offset(url);
    expect((await tus.patch(url, rest, bytes.subarray(rest))).status).toBe(204);
    const [video] = await query<{ source_key: string }>(
      ground.databaseUrl,
      'SELECT source_key FROM videos',
    );
    const stored = await readFile(path.join(media, video?.source_key ?? ''));
    expect(stored.equals(bytes)).toBe(true);
  } finally {
    await server.stop();
    execFileSync('umount', [media]);
  }
});
