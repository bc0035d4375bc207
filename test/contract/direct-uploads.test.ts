import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresLocks } from '../../src/infrastructure/locks/postgres-locks.js';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { S3DirectUploads } from '../../src/infrastructure/storage/s3-direct-uploads.js';
import { s3Client, type S3Config } from '../../src/infrastructure/storage/s3-client.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { UploadSessionsRepository } from '../../src/ingest/sessions/upload-sessions.repository.js';
import { sourceKey } from '../../src/media/object-keys.js';
import {
  DirectUploads,
  PartsMissingError,
  type AnnouncedObject,
  type OpenUpload,
  type StoredPart,
} from '../../src/ports/direct-uploads.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startApp, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';
import { put } from '../support/put.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { until } from '../support/until.js';
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

describe('in parts on a disk', () => {
  const PART_BYTES = 200_000;
  let ground: Ground;
  let here: TestApp;
  let there: TestApp;
  let ownerId: string;

  beforeAll(async () => {
    ground = await createGround();
    here = await startAppOn(ground, { ROLES: 'api' });
    there = await startAppOn(ground, { ROLES: 'api' });
    ({ id: ownerId } = await makePerson(here));
  });
  afterAll(async () => {
    await Promise.all([here.close(), there.close()]);
    await ground.remove();
  });

  /** An upload of some parts of one size. */
  async function begin(parts: number) {
    const directUploads = here.app.get(DirectUploads);
    const bytes = randomBytes(parts * PART_BYTES);
    const key = newKey(ownerId);
    const object = { key, contentType: 'video/mp4', sizeBytes: bytes.length };
    await here.app.get(UploadSessionsRepository, { strict: false }).insert({
      ...{ id: randomUUID(), ownerId, kind: 'direct', storageKey: key, filename: 'film.mp4' },
      sizeBytes: bytes.length,
      expiresAt: new Date(Date.now() + 3_600_000),
    });
    const uploadId = await directUploads.begin(object);
    const addressOf = async (number: number) => {
      const slot = { number, offset: (number - 1) * PART_BYTES, sizeBytes: PART_BYTES };
      const { url, headers } = await directUploads.partAddress(object, uploadId, slot, 60);
      return { url, headers: { ...headers, 'content-length': PART_BYTES } };
    };
    const partOf = (number: number) =>
      bytes.subarray((number - 1) * PART_BYTES, number * PART_BYTES);
    const send = async (app: TestApp, number: number, part = partOf(number)) => {
      const { url, headers } = await addressOf(number);
      return { number, ...(await put(app.origin + url, part, headers)) };
    };
    const complete = (stored: StoredPart[]) => directUploads.complete(key, uploadId, stored);
    const read = async () => buffer(await here.app.get(MediaStorage).read(key));
    const folder = path.join(ground.dataDir, 'media/.incoming', key);
    return { bytes, partOf, addressOf, send, complete, read, folder, uploadId };
  }

  /** Sends the beginning of a part, and then nothing. */
  async function sendSome(
    app: TestApp,
    { url, headers }: { url: string; headers: Record<string, string | number> },
    bytes: Buffer,
  ) {
    const sent = request(app.origin + url, { method: 'PUT', headers });
    sent.on('error', () => undefined);
    const answer = once(sent, 'response').then(
      ([response]) => (response as IncomingMessage).statusCode,
      () => undefined,
    );
    await new Promise((resolve) => sent.write(bytes, resolve));
    return { sent, answer };
  }

  test('each part lies at its place in one file, and nothing is written a second time', async () => {
    const upload = await begin(4);
    const parts: StoredPart[] = [];
    for (const number of [4, 1, 3, 2]) {
      const sent = await upload.send(number % 2 === 0 ? here : there, number);
      expect(sent.status).toBe(204);
      parts.unshift(sent);
      const files = await filesBelow(upload.folder);
      const sizes = await Promise.all(
        files.map(async (file) => (await stat(path.join(upload.folder, file))).size),
      );
      expect(sizes.filter((size) => size > 0)).toEqual([upload.bytes.length]);
    }
    const content = path.join(upload.folder, upload.uploadId, 'content');
    const { ino } = await stat(content);
    parts.sort((one, next) => one.number - next.number);
    expect(await upload.complete(parts)).toBe(sha256(upload.bytes));
    expect((await upload.read()).equals(upload.bytes)).toBe(true);
    const placed = upload.folder.replace('/.incoming', '');
    expect((await stat(placed)).ino).toBe(ino);
    expect(await filesBelow(upload.folder)).toEqual([]);
  });

  test.each(['the same process', 'another one'])(
    'while a part comes in, %s takes no second one',
    async (which) => {
      const upload = await begin(1);
      const address = await upload.addressOf(1);
      const first = await sendSome(here, address, upload.bytes.subarray(0, 1000));
      await until(async () => isLocked(ground, `upload-part:${upload.uploadId}:1`));
      const app = which === 'another one' ? there : here;
      const progress = { isOver: false };
      const second = upload.send(app, 1, randomBytes(PART_BYTES));
      void second.finally(() => (progress.isOver = true));
      let at = 1000;
      for (; !progress.isOver; at += 1) {
        first.sent.write(upload.bytes.subarray(at, at + 1));
        await sleep(100);
      }
      expect((await second).status).toBe(423);
      first.sent.end(upload.bytes.subarray(at));
      expect(await first.answer).toBe(204);
      const [mark] = (await filesBelow(upload.folder)).filter((name) => name.includes('/part-1-'));
      await upload.complete([{ number: 1, etag: mark?.split('-').at(-1) ?? '' }]);
      expect((await upload.read()).equals(upload.bytes)).toBe(true);
    },
  );

  test.each(['the same process', 'another one'])(
    'a client that sends nothing any more gives way to one that comes to %s',
    async (which) => {
      const upload = await begin(1);
      const first = await sendSome(here, await upload.addressOf(1), randomBytes(50_000));
      await until(async () => isLocked(ground, `upload-part:${upload.uploadId}:1`));
      const app = which === 'another one' ? there : here;
      const second = await upload.send(app, 1);
      expect(second.status).toBe(204);
      expect(await first.answer).not.toBe(204);
      await upload.complete([second]);
      expect((await upload.read()).equals(upload.bytes)).toBe(true);
    },
  );

  test('a part that breaks off while it comes again is missing until it is whole', async () => {
    const upload = await begin(2);
    const parts = [await upload.send(here, 1), await upload.send(here, 2)];
    const again = await sendSome(here, await upload.addressOf(1), randomBytes(50_000));
    await until(async () => isLocked(ground, `upload-part:${upload.uploadId}:1`));
    await until(async () => (await filesBelow(upload.folder)).length === 2);
    again.sent.destroy();
    await until(async () => !(await isLocked(ground, `upload-part:${upload.uploadId}:1`)));
    await expect(upload.complete(parts)).rejects.toThrow(PartsMissingError);
    parts[0] = await upload.send(there, 1);
    expect(await upload.complete(parts)).toBe(sha256(upload.bytes));
    expect((await upload.read()).equals(upload.bytes)).toBe(true);
  });

  test('an object that was put together is not changed by a part that comes late', async () => {
    const upload = await begin(2);
    const parts = [await upload.send(here, 1), await upload.send(here, 2)];
    await upload.complete(parts);
    expect((await upload.send(there, 2, randomBytes(PART_BYTES))).status).toBe(409);
    expect((await upload.read()).equals(upload.bytes)).toBe(true);
    expect(await filesBelow(upload.folder)).toEqual([]);
  });

  test('a part that comes in while its upload is given up leaves nothing', async () => {
    const upload = await begin(2);
    const first = await sendSome(here, await upload.addressOf(1), upload.partOf(1).subarray(0, 10));
    await until(async () => isLocked(ground, `upload-part:${upload.uploadId}:1`));
    await here.app
      .get(DirectUploads)
      .discard(
        path.relative(path.join(ground.dataDir, 'media/.incoming'), upload.folder),
        upload.uploadId,
      );
    first.sent.end(upload.partOf(1).subarray(10));
    expect(await first.answer).toBe(409);
    expect(await filesBelow(upload.folder)).toEqual([]);
  });
});

/** Whether any process holds it. */
async function isLocked({ databaseUrl }: Ground, name: string): Promise<boolean> {
  const locks = new PostgresLocks(databaseUrl);
  try {
    const lock = await locks.acquireFree(name);
    return lock === undefined;
  } finally {
    await locks.onApplicationShutdown();
  }
}

describe('in a bucket', () => {
  const PART_BYTES = 5 * 1024 ** 2;
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

  test('uploads to which nothing has come since then are found, those of other programs not', async () => {
    const uploads = new S3DirectUploads(config());
    const client = s3Client(config());
    const [old, alive] = [newKey(randomUUID()), newKey(randomUUID())];
    const begin = (key: string) =>
      uploads.begin({ key, contentType: 'video/mp4', sizeBytes: PART_BYTES });
    const begun = { key: old, uploadId: await begin(old) };
    const uploadId = await begin(alive);
    const Bucket = 'direct-uploads';
    await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'backup//of/others' }));
    // S3 tells whole seconds, or thousandths.
    await sleep(2000);
    const moment = new Date();
    await sleep(2000);
    const part = { number: 1, offset: 0, sizeBytes: PART_BYTES };
    const object = { key: alive, contentType: 'video/mp4', sizeBytes: PART_BYTES };
    const { url, headers } = await uploads.partAddress(object, uploadId, part, 60);
    await put(url, randomBytes(PART_BYTES), { ...headers, 'content-length': PART_BYTES });
    const found: OpenUpload[] = [];
    for await (const open of uploads.untouchedSince(moment)) found.push(open);
    expect(found).toContainEqual(begun);
    expect(found.map(({ key }) => key)).not.toContain(alive);
    expect(found.map(({ key }) => key)).not.toContain('backup//of/others');
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
