import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UploadTokens } from '../../src/common/upload-token.js';
import { PostgresLocks } from '../../src/infrastructure/locks/postgres-locks.js';
import { DiskDirectUploads } from '../../src/infrastructure/storage/disk-direct-uploads.js';
import { DiskResumableUploads } from '../../src/infrastructure/storage/disk-resumable-uploads.js';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { FallbackResumableUploads } from '../../src/infrastructure/storage/fallback-resumable-uploads.js';
import { S3DirectUploads } from '../../src/infrastructure/storage/s3-direct-uploads.js';
import { S3ResumableUploads } from '../../src/infrastructure/storage/s3-resumable-uploads.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { oneBucket } from '../support/s3-settings.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { describeResumableUploads } from './resumable-uploads.contract.js';

const START_MILLISECONDS = 120_000;

describe('on a disk', () => {
  let root: string;
  let database: TestDatabase;
  let locks: PostgresLocks;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'videoflix-resumable-'));
    database = await createDatabase();
    locks = new PostgresLocks(database.url);
  });
  afterAll(async () => {
    await locks.onApplicationShutdown();
    await database.drop();
    await rm(root, { recursive: true, force: true });
  });

  describeResumableUploads('DiskResumableUploads', () => ({
    uploads: new DiskResumableUploads(root),
    directUploads: new DiskDirectUploads(root, new UploadTokens(randomBytes(32)), locks),
    storage: new DiskStorage(root),
  }));
});

describe('on S3', () => {
  let server: S3Server;
  let storage: S3Storage;
  let directUploads: S3DirectUploads;
  let uploads: S3ResumableUploads;

  beforeAll(async () => {
    server = await startS3Server();
    const config = oneBucket(server);
    storage = new S3Storage(config);
    directUploads = new S3DirectUploads(config);
    uploads = new S3ResumableUploads(config, storage, directUploads);
    await storage.selfTest();
  }, START_MILLISECONDS);
  afterAll(() => server.stop());

  describeResumableUploads('S3ResumableUploads', () => ({ uploads, directUploads, storage }));

  test('while objects move here from a disk, uploads end where they began', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'videoflix-resumable-'));
    const disk = new DiskResumableUploads(root);
    const both = new FallbackResumableUploads(uploads, { disk, bucket: uploads });
    const [older, newer] = ['1_older.mp4', '2_newer.mp4'].map((name) => ({
      key: `uploads/users/8/videos/${name}`,
      sizeBytes: 10,
    }));
    if (!older || !newer) throw new Error('there are two');
    const begun = { ...older, uploadId: await disk.begin(older.key) };
    await disk.append(begun, 0, Readable.from([Buffer.from('0123')]));
    const fresh = { ...newer, uploadId: await both.begin(newer.key, 'video/mp4') };
    for (const upload of [begun, fresh]) {
      const offset = await both.offset(upload);
      await both.append(
        upload,
        offset,
        Readable.from([Buffer.from('0123456789').subarray(offset)]),
      );
      await both.complete(upload);
      await both.discard(upload);
    }
    expect(await text(await new DiskStorage(root).read(older.key))).toBe('0123456789');
    expect(await text(await storage.read(newer.key))).toBe('0123456789');
    await rm(root, { recursive: true, force: true });
  });
});
