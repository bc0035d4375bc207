import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, statfs, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UploadAddressDto } from '../../src/ingest/direct/direct-upload.dto.js';
import { ADMIN_SETTINGS, signInAsAdmin } from '../support/administrator.js';
import { createGround, type Ground } from '../support/app.js';
import type { Client } from '../support/client.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { put } from '../support/put.js';
import { freePort, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 ** 2;

let ground: Ground;
let settings: Record<string, string> & { PORT: string };
let server: ServerProcess;
let client: Client;

/** Without a worker, which would throw away what is no video. */
beforeEach(async () => {
  ground = await createGround();
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
});

async function start(): Promise<void> {
  server = await new ServerProcess(settings).listening();
  client = await signInAsAdmin(server.origin);
}

async function announce(bytes: Buffer): Promise<UploadAddressDto> {
  const about = { filename: 'film.mp4', content_type: 'video/mp4', size: bytes.length };
  const { status, body } = await client.post('upload/videos/upload-url', about);
  expect(status).toBe(200);
  return body as UploadAddressDto;
}

async function sendPart({ parts, part_size: size = 0 }: UploadAddressDto, n: number, of: Buffer) {
  const { upload_url: url = '', headers = {} } = parts?.[n - 1] ?? {};
  const bytes = of.subarray((n - 1) * size, n * size);
  const answer = await put(server.origin + url, bytes, {
    ...headers,
    'content-length': bytes.length,
  });
  return { part_number: n, ...answer };
}

async function complete(address: UploadAddressDto, parts: { part_number: number; etag: string }[]) {
  const named = parts.map(({ part_number, etag }) => ({ part_number, etag }));
  const about = { s3_key: address.s3_key, title: 'Film', parts: named };
  return client.post('upload/videos/metadata', about);
}

async function storedSource(): Promise<{ bytes: Buffer; sha256: string | null }> {
  const [video] = await query<{ source_key: string; source_sha256: string | null }>(
    ground.databaseUrl,
    'SELECT source_key, source_sha256 FROM videos',
  );
  const file = path.join(ground.dataDir, 'media', video?.source_key ?? '');
  return { bytes: await readFile(file), sha256: video?.source_sha256 ?? null };
}

const incoming = () => filesBelow(path.join(ground.dataDir, 'media/.incoming'));
const marks = async () => (await incoming()).filter((file) => /\/part-/.test(file)).length;
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

test('a part that was coming in, for the first time or again, when the server was killed is sent again', async () => {
  await start();
  const bytes = randomBytes(210 * MEBIBYTE);
  const address = await announce(bytes);
  const stored = [await sendPart(address, 1, bytes), await sendPart(address, 2, bytes)];
  expect(await marks()).toBe(2);
  const halves = [2, 3].map((number) => {
    const { upload_url: url = '', headers = {} } = address.parts?.[number - 1] ?? {};
    const length = number === 3 ? 10 * MEBIBYTE : 100 * MEBIBYTE;
    const sent = request(server.origin + url, {
      method: 'PUT',
      headers: { ...headers, 'content-length': length },
    });
    sent.on('error', () => undefined);
    sent.write(randomBytes(5 * MEBIBYTE));
    return sent;
  });
  await until(async () => (await marks()) === 1);
  await sleep(500);
  await server.stop('SIGKILL');
  for (const sent of halves) sent.destroy();

  await start();
  const third = { part_number: 3, etag: stored[1]?.etag ?? '' };
  const early = await complete(address, [...stored, third]);
  expect([early.status, early.body.code]).toEqual([409, 'upload.incomplete']);
  const again = [await sendPart(address, 3, bytes), await sendPart(address, 2, bytes)];
  expect(again.map(({ status }) => status)).toEqual([204, 204]);
  const parts = [stored[0], again[1], again[0]].filter((part) => part !== undefined);
  const { status } = await complete(address, parts);
  expect(status).toBe(201);
  const source = await storedSource();
  expect(source.bytes.equals(bytes)).toBe(true);
  expect(source.sha256).toBe(sha256(bytes));
  expect(await incoming()).toEqual([]);
});

test('a server that loses its locks while a part comes in does not take it', async () => {
  await start();
  const bytes = randomBytes(101 * MEBIBYTE);
  const address = await announce(bytes);
  const { upload_url: url = '', headers = {} } = address.parts?.[1] ?? {};
  const sent = request(server.origin + url, {
    method: 'PUT',
    headers: { ...headers, 'content-length': MEBIBYTE },
  });
  const answer = new Promise<number | undefined>((resolve) => {
    sent.on('error', () => resolve(undefined));
    sent.on('response', ({ statusCode }) => resolve(statusCode));
  });
  sent.write(bytes.subarray(100 * MEBIBYTE, 100 * MEBIBYTE + 1000));
  const holders = `SELECT l.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND a.application_name = 'videoflix locks'
      AND a.datname = current_database()`;
  await until(async () => (await query(ground.databaseUrl, holders)).length > 0);
  await query(ground.databaseUrl, `SELECT pg_terminate_backend(pid) FROM (${holders}) AS held`);
  expect(await answer).not.toBe(204);
  expect(await marks()).toBe(0);
  const parts = [await sendPart(address, 1, bytes), await sendPart(address, 2, bytes)];
  expect((await complete(address, parts)).status).toBe(201);
  expect((await storedSource()).bytes.equals(bytes)).toBe(true);
});

const asRoot = process.getuid?.() === 0 && process.platform === 'linux' ? test : test.skip;

asRoot('on a full disk a part is refused as such, and goes there later (as root)', async () => {
  const media = path.join(ground.dataDir, 'media');
  await mkdir(media);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m', 'tmpfs', media]);
  try {
    await start();
    const bytes = randomBytes(110 * MEBIBYTE);
    const address = await announce(bytes);
    const last = await sendPart(address, 2, bytes);
    const { bavail, bsize } = await statfs(media);
    const filler = path.join(media, 'filler');
    await writeFile(filler, Buffer.alloc(bavail * bsize - 50 * MEBIBYTE));
    const refused = await sendPart(address, 1, bytes);
    expect(refused.status).toBe(507);
    const early = await complete(address, [{ part_number: 1, etag: last.etag }, last]);
    expect([early.status, early.body.code]).toEqual([409, 'upload.incomplete']);
    await writeFile(filler, '');
    const first = await sendPart(address, 1, bytes);
    expect(first.status).toBe(204);
    // There is no room for the film twice.
    expect((await complete(address, [first, last])).status).toBe(201);
    const source = await storedSource();
    expect(source.bytes.equals(bytes)).toBe(true);
    expect(source.sha256).toBe(sha256(bytes));
  } finally {
    await server.stop();
    execFileSync('umount', [media]);
  }
});
