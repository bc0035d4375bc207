import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DeletedVideosService } from '../../src/catalogue/trash/deleted-videos.service.js';
import { mapAtOnce } from '../../src/common/batches.js';
import { sha256Of } from '../../src/common/object-hash.js';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { FallbackStorage } from '../../src/infrastructure/storage/fallback-storage.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { outputKey, sourceKey } from '../../src/media/object-keys.js';
import type { MediaStorage } from '../../src/ports/media-storage.js';
import { ADMIN_SETTINGS, signInAsAdmin } from '../support/administrator.js';
import { createGround, startAppOn, type Ground } from '../support/app.js';
import { query } from '../support/database.js';
import { oneBucket, settingsOf } from '../support/s3-settings.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { environment, freePort, manage, ServerProcess } from '../support/server.js';
import { until } from '../support/until.js';

const CLI = path.resolve('dist/src/cli/main.js');
const KILLS = 3;
const OBJECTS = 100;

let s3: S3Server;
let ground: Ground;

beforeAll(async () => {
  s3 = await startS3Server();
});
afterAll(() => s3.stop());
beforeEach(async () => {
  ground = await createGround();
});
afterEach(() => ground.remove());

const base = () => ({
  DATABASE_URL: ground.databaseUrl,
  DATA_DIR: ground.dataDir,
  SECRET_KEY: 'a secret of thirty-two characters',
  NODE_NO_WARNINGS: '1',
});

async function keysOf(storage: MediaStorage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

test(`a move that is killed ${KILLS} times loses and changes nothing, and ends when it is run again`, async () => {
  const config = oneBucket(s3);
  const disk = new DiskStorage(path.join(ground.dataDir, 'media'));
  const bucket = new S3Storage(config);
  const both = new FallbackStorage(bucket, disk);
  const hashes = new Map<string, string>();
  for (let at = 0; at < OBJECTS; at += 1) {
    const bytes = randomBytes(at % 25 === 0 ? 12_000_000 : 50_000);
    const key = outputKey(randomUUID(), randomUUID(), `v90p/segment_${at}.m4s`);
    hashes.set(key, createHash('sha256').update(bytes).digest('hex'));
    await disk.write(key, Readable.from([bytes]));
  }
  const all = [...hashes.keys()].sort();
  const settings = { ...base(), ...settingsOf(config), STORAGE_FALLBACK: 'disk' };
  const expectAll = async (storage: MediaStorage) => {
    const found = await mapAtOnce(all, 8, (key) => sha256Of(storage, key));
    expect(found).toEqual(all.map((key) => hashes.get(key)));
  };

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = (await keysOf(disk)).length;
    const command = spawn(process.execPath, [CLI, 'move-storage', '--to', 's3'], {
      env: environment(settings),
      stdio: 'ignore',
    });
    const ended = once(command, 'exit');
    // At another moment each time: some are copied, one is half copied, one is not deleted yet.
    const progress = 1 + kill * 4;
    await until(async () => before - (await keysOf(disk)).length >= progress, { what: 'progress' });
    command.kill('SIGKILL');
    await ended;
    expect([...new Set(await keysOf(both))].sort()).toEqual(all);
    await expectAll(both);
  }
  expect((await keysOf(disk)).length).toBeGreaterThan(0);
  const { code, stdout, stderr } = await manage(['move-storage', '--to', 's3'], settings);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/Nothing is left on disk\.\n$/);
  expect([await keysOf(disk), await keysOf(bucket)]).toEqual([[], all]);
  await expectAll(bucket);
});

test('a purge that is killed is finished by the next run, and never leaves a video without its files', async () => {
  const config = oneBucket(s3);
  const storage = new S3Storage(config);
  const settings = { ...base(), ...settingsOf(config), ...ADMIN_SETTINGS };
  const moments = ['begun', 'removed the source'] as const;
  const ids: string[] = [];
  for (const moment of moments) {
    const server = new ServerProcess({ ...settings, ROLES: 'api', PORT: await freePort() });
    await server.listening();
    const id = randomUUID();
    const [owner] = await query<{ id: string }>(ground.databaseUrl, 'SELECT id FROM users');
    const source = sourceKey(owner?.id ?? '', new Date(), 'film.mp4');
    await query(
      ground.databaseUrl,
      `INSERT INTO videos (id, owner_id, title, status, original_filename, source_key, source_size_bytes)
       VALUES ($1, $2, 'Film', 'ready', 'film.mp4', $3, 1)`,
      [id, owner?.id, source],
    );
    await query(
      ground.databaseUrl,
      `INSERT INTO revisions (id, video_id, status) VALUES ($1, $1, 'published')`,
      [id],
    );
    const outputs = Array.from({ length: 1200 }, (_, at) =>
      outputKey(id, id, `v90p/segment_${at}.m4s`),
    );
    await mapAtOnce([source, ...outputs], 16, (key) => storage.write(key, Readable.from(['x'])));
    const admin = await signInAsAdmin(server.origin);
    const answer = admin.send('DELETE', `videos/${id}?purge=true`).catch(() => undefined);
    // Also true once everything is over, on a machine that is fast.
    const hasComeTo = {
      begun: async () => (await keysOf(storage, `videos/${id}/`)).length < outputs.length,
      'removed the source': async () => !(await keysOf(storage, 'uploads/')).includes(source),
    }[moment];
    const giveUpAt = Date.now() + 30_000;
    while (!(await hasComeTo()) && Date.now() < giveUpAt);
    await server.stop('SIGKILL');
    await answer;
    ids.push(id);
  }

  const app = await startAppOn(ground, { ...settings, ROLES: 'api,worker' });
  const admin = await signInAsAdmin(app.origin);
  for (const id of ids) {
    expect((await admin.post(`videos/${id}/restore`)).status).toBeGreaterThanOrEqual(404);
  }
  await app.app.get(DeletedVideosService, { strict: false }).purgeDue();
  expect(await query(ground.databaseUrl, 'SELECT 1 FROM videos')).toEqual([]);
  expect(await keysOf(storage)).toEqual([]);
  await app.close();
});
