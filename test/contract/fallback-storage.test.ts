import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UploadTokens } from '../../src/common/upload-token.js';
import { PostgresLocks } from '../../src/infrastructure/locks/postgres-locks.js';
import { DiskDirectUploads } from '../../src/infrastructure/storage/disk-direct-uploads.js';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { FallbackDirectUploads } from '../../src/infrastructure/storage/fallback-direct-uploads.js';
import { FallbackStorage } from '../../src/infrastructure/storage/fallback-storage.js';
import { S3DirectUploads } from '../../src/infrastructure/storage/s3-direct-uploads.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { sourceKey } from '../../src/media/object-keys.js';
import { ObjectNotFoundError, type MediaStorage } from '../../src/ports/media-storage.js';
import { put } from '../support/put.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { oneBucket } from '../support/s3-settings.js';
import { describeMediaStorage } from './media-storage.contract.js';

const folders: string[] = [];

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'vf-fallback-'));
  folders.push(folder);
  return folder;
}

afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

describeMediaStorage('FallbackStorage', async () => {
  const [current, former] = [
    new DiskStorage(await newFolder()),
    new DiskStorage(await newFolder()),
  ];
  return new FallbackStorage(current, former);
});

describe('two storages as one', () => {
  let current: DiskStorage;
  let former: DiskStorage;
  let formerFolder: string;
  let both: FallbackStorage;

  beforeEach(async () => {
    formerFolder = await newFolder();
    current = new DiskStorage(await newFolder());
    former = new DiskStorage(formerFolder);
    both = new FallbackStorage(current, former);
  });

  test('have what either has, and of what both have the current one’s', async () => {
    await store(former, { 'a/old': 'old', 'a/both': 'before' });
    await store(current, { 'a/new': 'new', 'a/both': 'after' });
    expect(await contentsOf(both)).toEqual({ 'a/both': 'after', 'a/new': 'new', 'a/old': 'old' });
    expect(await keysOf(both, 'a/')).toEqual(['a/both', 'a/new', 'a/old']);
    const part = await text(await both.read('a/old', { start: 1, end: 1 }));
    expect([part, (await both.info('a/old')).sizeBytes]).toEqual(['l', 3]);
    await expect(both.read('a/old', { start: 3, end: 4 })).rejects.toThrow(RangeError);
  });

  test('take what is written in the current one alone, and lose what is deleted in both', async () => {
    await store(former, { 'a/1': 'x', 'a/2': 'x', 'b/1': 'x' });
    await store(both, { 'a/1': 'y', 'a/3': 'y' });
    expect(await contentsOf(former)).toEqual({ 'a/1': 'x', 'a/2': 'x', 'b/1': 'x' });
    await both.delete('a/1');
    await expect(both.read('a/1')).rejects.toThrow(ObjectNotFoundError);
    await both.deleteTree('a/');
    expect([await keysOf(current), await keysOf(former)]).toEqual([[], ['b/1']]);
  });

  test('hand out a copy of what may move while somebody works with it', async () => {
    const scratch = await newFolder();
    await store(former, { 'a/film.mp4': 'old' });
    const copy = await both.localCopy('a/film.mp4', scratch);
    await former.delete('a/film.mp4');
    expect([path.dirname(copy), await readFile(copy, 'utf8')]).toEqual([scratch, 'old']);
  });

  test('find what moves between two questions, and never miss it in a listing', async () => {
    await store(former, { 'a/1': '1', 'a/2': '2' });
    const moves = (key: string) => async () => {
      await store(current, { [key]: key });
      await former.delete(key);
    };
    // Moves when the current storage has said that it has nothing.
    const asked = new FallbackStorage(current, after(former, 'info', moves('a/1')));
    expect((await asked.info('a/1')).sizeBytes).toBe(3);
    const listed: string[] = [];
    for await (const key of both.list('a/')) {
      listed.push(key);
      if (key === 'a/2') await moves('a/2')();
    }
    expect([...new Set(listed)].sort()).toEqual(['a/1', 'a/2']);
  });
});

describe('uploads that clients have begun', () => {
  let server: S3Server;
  let database: TestDatabase;
  let locks: PostgresLocks;

  beforeAll(async () => {
    server = await startS3Server();
    database = await createDatabase();
    locks = new PostgresLocks(database.url);
  });
  afterAll(async () => {
    await server.stop();
    await locks.onApplicationShutdown();
    await database.drop();
  });

  test.each(['disk', 's3'])(
    'in parts to %s end there when another storage is in use',
    async (kind) => {
      const config = oneBucket(server);
      const folder = await newFolder();
      const disk = new DiskDirectUploads(folder, new UploadTokens(randomBytes(32)), locks);
      const s3 = new S3DirectUploads(config);
      const [diskStorage, s3Storage] = [new DiskStorage(folder), new S3Storage(config)];
      await s3Storage.selfTest();
      const [before, after, storage] =
        kind === 'disk' ? [disk, s3, diskStorage] : [s3, disk, s3Storage];
      const both = new FallbackDirectUploads(after, before);

      const bytes = randomBytes(1000);
      const key = sourceKey(randomUUID(), new Date(), 'film.mp4');
      const object = { key, contentType: 'video/mp4', sizeBytes: bytes.length };
      const uploadId = await before.begin(object);
      expect([both.began(uploadId), before.began(uploadId), after.began(uploadId)]).toEqual([
        ...[true, true, false],
      ]);
      const part = { number: 1, offset: 0, sizeBytes: bytes.length };
      const { url, headers } = await both.partAddress(object, uploadId, part, 60);
      let etag: string;
      if (kind === 'disk') {
        const token = url.split('/').at(-1) ?? '';
        expect(both.keyOf(token)).toBe(key);
        ({ etag } = await both.receive({
          ...{ token, contentType: 'video/mp4', sizeBytes: bytes.length },
          body: Readable.from([bytes]),
        }));
      } else {
        ({ etag } = await put(url, bytes, { ...headers, 'content-length': bytes.length }));
      }
      await both.complete(key, uploadId, [{ number: 1, etag }]);
      expect((await storage.info(key)).sizeBytes).toBe(bytes.length);
      await both.discard(key, null);

      const begun = await both.begin({ ...object, key: `${key}.2` });
      expect([before.began(begun), after.began(begun)]).toEqual([false, true]);
      await both.discardTree('uploads/');
    },
  );
});

/** The storage, which does something before it answers one kind of question. */
function after(storage: MediaStorage, method: 'info', happens: () => Promise<void>): MediaStorage {
  return new Proxy(storage, {
    get(target, name) {
      if (name !== method) return Reflect.get(target, name) as unknown;
      return async (key: string) => {
        await happens();
        return target.info(key);
      };
    },
  });
}

async function store(storage: MediaStorage, objects: Record<string, string>): Promise<void> {
  for (const [key, content] of Object.entries(objects)) {
    await storage.write(key, Readable.from([content]));
  }
}

async function keysOf(storage: MediaStorage, prefix = ''): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

async function contentsOf(storage: MediaStorage): Promise<Record<string, string>> {
  const contents: Record<string, string> = {};
  for await (const { key, sizeBytes } of storage.entries('')) {
    contents[key] = await text(await storage.read(key));
    expect(contents[key]).toHaveLength(sizeBytes);
  }
  return contents;
}
