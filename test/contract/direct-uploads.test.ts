import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3DirectUploads } from '../../src/infrastructure/storage/s3-direct-uploads.js';
import type { S3Config } from '../../src/infrastructure/storage/s3-client.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { UploadSessionsRepository } from '../../src/ingest/sessions/upload-sessions.repository.js';
import { sourceKey } from '../../src/media/object-keys.js';
import { DirectUploads, type AnnouncedObject } from '../../src/ports/direct-uploads.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { startApp, type TestApp } from '../support/app.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';
import { put } from '../support/put.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { describeDirectUploads, sha256 } from './direct-uploads.contract.js';

const START_MILLISECONDS = 120_000;

let clock = Date.now();
const newKey = (userId: string) => sourceKey(userId, new Date(clock++), 'film.mp4');

describe('on a disk', () => {
  let app: TestApp;
  let directUploads: DirectUploads;
  let announce: (object: Omit<AnnouncedObject, 'key'>) => Promise<AnnouncedObject>;

  beforeAll(async () => {
    app = await startApp({ ROLES: 'api' });
    directUploads = app.app.get(DirectUploads);
    const { id: ownerId } = await makePerson(app);
    const sessions = app.app.get(UploadSessionsRepository, { strict: false });
    announce = async (object) => {
      const key = newKey(ownerId);
      await sessions.insert({
        ...{ id: randomUUID(), ownerId, kind: 'direct', storageKey: key, filename: 'film.mp4' },
        sizeBytes: object.sizeBytes,
        expiresAt: new Date(Date.now() + 3_600_000),
      });
      return { key, ...object };
    };
  });
  afterAll(() => app.close());

  describeDirectUploads('DiskDirectUploads', () => ({
    directUploads,
    storage: app.app.get(MediaStorage),
    origin: app.origin,
    announce,
  }));

  const send = async (object: AnnouncedObject, bytes: Buffer) => {
    const { url, headers } = await directUploads.address(object, 60);
    return put(app.origin + url, bytes, { ...headers, 'content-length': bytes.length });
  };

  test('an object is never overwritten', async () => {
    const bytes = randomBytes(5000);
    const object = await announce({ contentType: 'video/mp4', sizeBytes: bytes.length });
    const attempts = await Promise.all(Array.from({ length: 5 }, () => send(object, bytes)));
    const statuses = attempts.map(({ status }) => status).sort();
    expect(statuses).toEqual([204, 409, 409, 409, 409]);
    expect((await send(object, randomBytes(5000))).status).toBe(409);
  });

  test('bytes with another SHA-256 than announced are refused, the right ones taken', async () => {
    const bytes = randomBytes(5000);
    const object = await announce({
      contentType: 'video/mp4',
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    });
    expect((await send(object, randomBytes(5000))).status).toBe(409);
    expect((await send(object, bytes)).status).toBe(204);
  });

  test('what broke off, was refused or is complete leaves nothing beside the objects', async () => {
    const before = await filesBelow(path.join(app.dataDir, 'media', '.incoming'));
    const object = await announce({ contentType: 'video/mp4', sizeBytes: 1000 });
    await send(object, randomBytes(999));
    await send(object, randomBytes(1000));
    await send(object, randomBytes(1000));
    const left = await filesBelow(path.join(app.dataDir, 'media', '.incoming'));
    expect(left).toEqual(before);
  });
});

describe('in a bucket', () => {
  let server: S3Server;
  let folder: string;

  beforeAll(async () => {
    server = await startS3Server();
    folder = await mkdtemp(path.join(tmpdir(), 'videoflix-direct-'));
  }, START_MILLISECONDS);
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function config(publicEndpoint?: string): S3Config {
    const { endpoint, region, accessKeyId, secretAccessKey } = server;
    const bucket = 'direct-uploads';
    const buckets = { sources: bucket, outputs: bucket, pictures: bucket };
    return {
      ...{ kind: 's3', endpoint, publicEndpoint, pathStyle: true, region },
      ...{ buckets, accessKeyId, secretAccessKey },
    };
  }

  describeDirectUploads('S3DirectUploads', async () => {
    const storage = new S3Storage(config());
    await storage.selfTest();
    return {
      directUploads: new S3DirectUploads(config()),
      storage,
      origin: server.endpoint,
      announce: (object) => ({ key: newKey(randomUUID()), ...object }),
    };
  });

  test('addresses are for the host name that browsers know', async () => {
    const uploads = new S3DirectUploads(config('https://media.example.org'));
    const object = { key: newKey(randomUUID()), contentType: 'video/mp4', sizeBytes: 7 };
    const { origin, searchParams } = new URL((await uploads.address(object, 60)).url);
    expect(origin).toBe('https://media.example.org');
    expect(searchParams.get('X-Amz-SignedHeaders')).toBe('content-length;content-type;host');
    expect(searchParams.get('X-Amz-Expires')).toBe('60');
  });

  test('an announced SHA-256 has to be sent as it was signed', async () => {
    const uploads = new S3DirectUploads(config());
    const bytes = randomBytes(1000);
    const object = { key: newKey(randomUUID()), contentType: 'video/mp4', sizeBytes: 1000 };
    const { url, headers } = await uploads.address({ ...object, sha256: sha256(bytes) }, 60);
    const send = (sent: Record<string, string>) =>
      put(url, bytes, { ...sent, 'content-length': bytes.length });
    const other = Buffer.from(sha256(randomBytes(1)), 'hex').toString('base64');
    expect((await send({ ...headers, 'x-amz-checksum-sha256': other })).status).toBe(403);
    expect((await send({ 'content-type': 'video/mp4' })).status).toBe(403);
    expect((await send({ ...headers })).status).toBe(200);
  });
});
