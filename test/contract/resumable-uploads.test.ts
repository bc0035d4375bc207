import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import { UploadTokens } from '../../src/common/upload-token.js';
import { DiskDirectUploads } from '../../src/infrastructure/storage/disk-direct-uploads.js';
import { DiskResumableUploads } from '../../src/infrastructure/storage/disk-resumable-uploads.js';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { S3DirectUploads } from '../../src/infrastructure/storage/s3-direct-uploads.js';
import { S3ResumableUploads } from '../../src/infrastructure/storage/s3-resumable-uploads.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { oneBucket } from '../support/s3-settings.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { describeResumableUploads } from './resumable-uploads.contract.js';

const START_MILLISECONDS = 120_000;

describe('on a disk', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'videoflix-resumable-'));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  describeResumableUploads('DiskResumableUploads', () => ({
    uploads: new DiskResumableUploads(root),
    directUploads: new DiskDirectUploads(root, new UploadTokens(randomBytes(32))),
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
});
