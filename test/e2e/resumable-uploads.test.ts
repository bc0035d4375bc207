import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { DataSource } from 'typeorm';
import { AccountEraser } from '../../src/account/account-eraser.service.js';
import { IngestService } from '../../src/ingest/ingest.service.js';
import { UploadSweep } from '../../src/ingest/resumable/upload-sweep.service.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { ResumableUploads } from '../../src/ports/resumable-uploads.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { PASSWORD } from '../support/client.js';
import { clip, freeBox } from '../support/clips.js';
import { CookieClient } from '../support/cookie-client.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { startStorage, STORAGES, type TestStorage } from '../support/storages.js';
import { metadataHeader, PIECE, TusClient, type TusAnswer } from '../support/tus.js';
import { until } from '../support/until.js';

const START_MILLISECONDS = 180_000;
const MEBIBYTE = 1024 ** 2;
const QUOTA = 60 * MEBIBYTE;
const MAX_UPLOAD_BYTES = 40 * MEBIBYTE;
/** Of the multipart uploads on S3. */
const PART_BYTES = 5 * MEBIBYTE;

describe.each(STORAGES)('on %s', (kind) => {
  let ground: Ground;
  let storage: TestStorage;
  let app: TestApp;
  let replica: TestApp;
  let settings: Record<string, string>;
  let anna: Person;
  let ben: Person;
  let tus: TusClient;

  /** Without a worker, which would throw away what is no video. */
  beforeAll(async () => {
    ground = await createGround();
    storage = await startStorage(kind);
    settings = {
      USER_QUOTA_BYTES: `${QUOTA}`,
      MAX_UPLOAD_BYTES: `${MAX_UPLOAD_BYTES}`,
      ENCODE_LADDER: '90',
      ...storage.settings,
    };
    app = await startAppOn(ground, { ...settings, ROLES: 'api' });
    await app.app.get(MediaStorage).selfTest();
    replica = await startAppOn(ground, { ...settings, ROLES: 'api' });
  }, START_MILLISECONDS);
  afterAll(async () => {
    await app.close();
    await replica.close();
    await storage.stop();
    await ground.remove();
  });
  beforeEach(async () => {
    anna = await makePerson(app);
    ben = await makePerson(app);
    tus = new TusClient(anna.client);
  });

  const stored = () => app.app.get(MediaStorage);
  const sql = <T>(query: string, values: unknown[] = []) =>
    app.app.get(DataSource).query<T[]>(query, values);
  const atReplica = ({ client: { token = '' } }: Person) =>
    new TusClient({ origin: replica.origin, token });
  const codeOf = ({ status, problem }: TusAnswer) => [status, problem?.code];
  const keyOf = async (url: string) => {
    const id = path.basename(url);
    const rows = await sql<{ storage_key: string }>(
      'SELECT storage_key FROM upload_sessions WHERE id = $1',
      [id],
    );
    return rows[0]?.storage_key ?? '';
  };
  const bytesOf = async (url: string) => buffer(await stored().read(await keyOf(url)));
  const videosOf = (owner: Person) =>
    sql<{ id: string; source_sha256: string }>(
      'SELECT id, source_sha256 FROM videos WHERE owner_id = $1',
      [owner.id],
    );
  const expire = (url: string) =>
    sql(`UPDATE upload_sessions SET expires_at = now() - interval '1 minute' WHERE id = $1`, [
      path.basename(url),
    ]);
  const sweep = async () => {
    const worker = await startAppOn(ground, { ...settings, ROLES: 'worker' });
    try {
      return await worker.app.get(UploadSweep, { strict: false }).run();
    } finally {
      await worker.close();
    }
  };
  /** What there is of somebody's bytes, complete or not. */
  const keysOf = async (owner: Person) => {
    const keys: string[] = [];
    for await (const key of stored().list(`uploads/users/${owner.id}/`)) keys.push(key);
    const incoming = path.join(ground.dataDir, 'media/.incoming/uploads/users', owner.id);
    return [...keys, ...(await filesBelow(incoming))];
  };

  test('a film comes in pieces, through two servers, and plays', async () => {
    const film = Buffer.concat([await readFile(await clip('silent')), freeBox(10 * MEBIBYTE)]);
    const url = await tus.create(film.length, {
      filename: '../Süße Träume.mp4',
      filetype: 'video/mp4',
      title: 'In pieces',
      visibility: 'UNLISTED',
      tags: 'one,two',
    });
    expect(url).toMatch(/^\/api\/v1\/uploads\/[0-9a-f-]{36}$/);
    const cuts = [0, 100_000, 6 * MEBIBYTE, film.length - 1, film.length];
    const answers: TusAnswer[] = [];
    for (const [index, end] of cuts.entries()) {
      const start = cuts[index - 1];
      if (start === undefined) continue;
      const server = index % 2 ? tus : atReplica(anna);
      expect(await server.offset(url)).toBe(start);
      answers.push(await server.patch(url, start, film.subarray(start, end)));
    }
    expect(answers.map(({ status, headers }) => [status, headers['upload-offset']])).toEqual(
      cuts.slice(1).map((end) => [204, String(end)]),
    );
    const id = answers.at(-1)?.headers['upload-video-id'];
    expect(await keyOf(url)).toMatch(
      new RegExp(`^uploads/users/${anna.id}/videos/\\d+_Su_e_Traume.mp4$`),
    );
    expect((await bytesOf(url)).equals(film)).toBe(true);
    expect(await videosOf(anna)).toEqual([{ id, source_sha256: sha256(film) }]);
    expect((await tus.head(url)).headers).toMatchObject({
      'upload-video-id': id,
      'upload-offset': String(film.length),
      'upload-length': String(film.length),
    });
    expect(await keysOf(anna)).toEqual([await keyOf(url)]);
    const worker = await startAppOn(ground, { ...settings, ROLES: 'worker' });
    expect(await anna.client.settled(String(id), 90)).toMatchObject({ status: 'ready' });
    await worker.close();
    const { body } = await anna.client.get(`videos/${String(id)}`);
    expect(body).toMatchObject({
      title: 'In pieces',
      visibility: 'UNLISTED',
      tags: ['one', 'two'],
    });
  });

  test('the server says what it can do', async () => {
    const { status, headers } = await new TusClient({ origin: app.origin }).send(
      'OPTIONS',
      '/api/v1/uploads',
      { headers: { 'tus-resumable': '' } },
    );
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      'tus-version': '1.0.0',
      'tus-extension': 'creation,creation-with-upload,expiration,termination,checksum',
      'tus-max-size': String(MAX_UPLOAD_BYTES),
      'tus-checksum-algorithm': 'sha1,sha256',
    });
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('all bytes may come with the first request', async () => {
    const bytes = randomBytes(3000);
    const { status, headers } = await tus.tryCreate(bytes.length, {}, {}, bytes);
    expect([status, headers['upload-offset']]).toEqual([201, '3000']);
    const [video] = await videosOf(anna);
    expect(headers['upload-video-id']).toBe(video?.id);
    expect((await bytesOf(headers.location ?? '')).equals(bytes)).toBe(true);
  });

  test('what has come of a request that breaks off is kept', async () => {
    const bytes = randomBytes(PART_BYTES + 500_000);
    const url = await tus.create(bytes.length);
    const { sent } = tus.begin(url, 0, { 'content-length': bytes.length });
    sent.write(bytes.subarray(0, PART_BYTES + 100_000));
    await until(async () => (await incomingOf(url)) >= (kind === 'disk' ? 1 : PART_BYTES));
    sent.destroy();
    const offset = await until(async () => {
      const { status, headers } = await tus.head(url);
      return status === 200 && Number(headers['upload-offset']);
    });
    expect(offset).toBeGreaterThan(kind === 'disk' ? 0 : PART_BYTES - 1);
    const { status, headers } = await tus.patch(url, offset, bytes.subarray(offset));
    expect([status, headers['upload-offset']]).toEqual([204, String(bytes.length)]);
    expect((await bytesOf(url)).equals(bytes)).toBe(true);
    const [video] = await videosOf(anna);
    expect(video?.source_sha256).toBe(sha256(bytes));
  });

  test('of two requests at once one wins, the other is told, and no byte is lost', async () => {
    const bytes = randomBytes(300_000);
    const url = await tus.create(bytes.length);
    const first = tus.begin(url, 0, { 'content-length': 200_000 });
    first.sent.write(bytes.subarray(0, 100_000));
    // As long as it sends, nobody takes the upload from it.
    const sending = setInterval(() => first.sent.write(Buffer.alloc(0)), 500);
    await until(async () => kind === 's3' || (await incomingOf(url)) > 0);
    const second = tus.patch(url, 0, bytes.subarray(0, 200_000));
    const third = atReplica(anna).patch(url, 0, bytes.subarray(0, 200_000));
    first.sent.end(bytes.subarray(100_000, 200_000));
    clearInterval(sending);
    const statuses = (await Promise.all([first.answer, second, third])).map(codeOf);
    expect(statuses).toContainEqual([204, undefined]);
    const others = statuses.filter(([status]) => status !== 204);
    expect(others).toHaveLength(2);
    for (const other of others) {
      expect([
        [409, 'upload.offset_mismatch'],
        [423, 'upload.locked'],
      ]).toContainEqual(other);
    }
    expect(await tus.offset(url)).toBe(200_000);
    await tus.patch(url, 200_000, bytes.subarray(200_000));
    expect((await bytesOf(url)).equals(bytes)).toBe(true);
  });

  test('a request that has gone silent gives way to the next one', async () => {
    const bytes = randomBytes(50_000);
    const url = await tus.create(bytes.length);
    const silent = tus.begin(url, 0, { 'content-length': bytes.length });
    silent.sent.write(bytes.subarray(0, 20_000));
    await until(async () => {
      const { status, headers } = await atReplica(anna).head(url);
      return status === 200 && headers['upload-offset'] === '20000';
    });
    const { status, headers } = await silent.answer;
    expect([status, headers['upload-offset'], headers.connection]).toEqual([204, '20000', 'close']);
    expect((await tus.patch(url, 20_000, bytes.subarray(20_000))).status).toBe(204);
    expect((await bytesOf(url)).equals(bytes)).toBe(true);
  });

  test('several clients that send the last bytes at once make one video', async () => {
    const bytes = randomBytes(40_000);
    const url = await tus.create(bytes.length);
    await tus.patch(url, 0, bytes.subarray(0, 30_000));
    const clients = [tus, atReplica(anna), tus, atReplica(anna)];
    await Promise.all(clients.map((client) => client.patch(url, 30_000, bytes.subarray(30_000))));
    const heads = await Promise.all(clients.map((client) => client.head(url)));
    const [video, ...more] = await videosOf(anna);
    expect(more).toEqual([]);
    expect(heads.map(({ headers }) => headers['upload-video-id'])).toEqual(
      heads.map(() => video?.id),
    );
    const again = await tus.patch(url, bytes.length, Buffer.alloc(0));
    expect([again.status, again.headers['upload-video-id']]).toEqual([204, video?.id]);
  });

  test.each([
    ['before the object was made', false, false],
    ['after the object was made', true, false],
    ['after the video was made', true, true],
  ])('an upload whose server died %s becomes one video', async (_, hasObject, hasVideo) => {
    const bytes = randomBytes(20_000);
    const url = await tus.create(bytes.length);
    const id = path.basename(url);
    const uploads = app.app.get(ResumableUploads);
    const [row] = await sql<{ storage_key: string; storage_upload_id: string | null }>(
      'SELECT storage_key, storage_upload_id FROM upload_sessions WHERE id = $1',
      [id],
    );
    const upload = {
      key: row?.storage_key ?? '',
      uploadId: row?.storage_upload_id ?? null,
      sizeBytes: bytes.length,
    };
    await uploads.append(upload, 0, Readable.from([bytes]));
    if (hasObject) await uploads.complete(upload);
    if (hasVideo) {
      await app.app
        .get(IngestService, { strict: false })
        .accept(
          anna.id,
          { key: upload.key, sizeBytes: bytes.length, sha256: null, originalFilename: 'film.mp4' },
          { genres: [], tags: [], visibility: 'PRIVATE' },
          { allowDuplicate: false, id },
        );
    }
    const { status, headers } = await tus.head(url);
    expect([status, headers['upload-offset']]).toEqual([200, String(bytes.length)]);
    expect(headers['upload-video-id']).toBe(id);
    expect(await videosOf(anna)).toHaveLength(1);
    expect((await bytesOf(url)).equals(bytes)).toBe(true);
  });

  test('the sweep finishes what nobody asks for any more', async () => {
    const bytes = randomBytes(20_000);
    const url = await tus.create(bytes.length);
    const upload = { key: await keyOf(url), uploadId: await uploadIdOf(url), sizeBytes: 20_000 };
    await app.app.get(ResumableUploads).append(upload, 0, Readable.from([bytes]));
    expect(await sweep()).toMatch(/^0 removed, 1 finished, 0 forgotten, 0 failed$/);
    expect(await videosOf(anna)).toEqual([
      { id: path.basename(url), source_sha256: sha256(bytes) },
    ]);
  });

  test('the same file is known when it comes again, also if the answer is lost', async () => {
    const bytes = randomBytes(9000);
    const first = await tus.tryCreate(bytes.length, {}, {}, bytes);
    const id = first.headers['upload-video-id'];
    const url = await tus.create(bytes.length);
    const refused = await tus.patch(url, 0, bytes);
    expect(codeOf(refused)).toEqual([409, 'upload.duplicate']);
    expect(refused.problem?.detail).toContain(id);
    expect(refused.headers['upload-video-id']).toBe(id);
    const again = await tus.patch(url, bytes.length, Buffer.alloc(0));
    expect(codeOf(again)).toEqual([409, 'upload.duplicate']);
    // To a client that asks, its file is there.
    const { status, headers } = await tus.head(url);
    expect([status, headers['upload-video-id']]).toEqual([200, id]);
    expect(await keysOf(anna)).toEqual([await keyOf(first.headers.location ?? '')]);
    const kept = await tus.tryCreate(bytes.length, { allow_duplicate: 'true' }, {}, bytes);
    expect(kept.status).toBe(201);
    expect(await videosOf(anna)).toHaveLength(2);
    expect((await new TusClient(ben.client).tryCreate(bytes.length, {}, {}, bytes)).status).toBe(
      201,
    );
  });

  test('bytes with a checksum are compared before they count', async () => {
    const bytes = randomBytes(70_000);
    const url = await tus.create(bytes.length);
    const checksum = (algorithm: string, of: Buffer) => ({
      'upload-checksum': `${algorithm} ${createHash(algorithm).update(of).digest('base64')}`,
    });
    const half = bytes.subarray(0, 35_000);
    const wrong = await tus.patch(url, 0, randomBytes(35_000), checksum('sha1', half));
    expect(codeOf(wrong)).toEqual([460, 'upload.checksum_mismatch']);
    expect(await tus.offset(url)).toBe(0);
    expect((await tus.patch(url, 0, half, checksum('sha1', half))).status).toBe(204);
    const rest = bytes.subarray(35_000);
    for (const header of ['md5 1B2M2Y8AsgTpgAmY7PhCfg==', 'sha1', 'sha1 abc', 'sha256 AAAA', '']) {
      const answer = await tus.patch(url, 35_000, rest, { 'upload-checksum': header || ' ' });
      expect(codeOf(answer)).toEqual([400, 'request.invalid']);
    }
    const broken = tus.begin(url, 35_000, { 'content-length': 35_000, ...checksum('sha1', rest) });
    broken.sent.write(rest.subarray(0, 10_000));
    await until(() => broken.sent.socket?.bytesWritten);
    broken.sent.destroy();
    await until(async () => (await tus.head(url)).status === 200);
    expect(await tus.offset(url)).toBe(35_000);
    expect((await tus.patch(url, 35_000, rest, checksum('sha256', rest))).status).toBe(204);
    expect((await bytesOf(url)).equals(bytes)).toBe(true);
    expect(await videosOf(anna)).toMatchObject([{ source_sha256: sha256(bytes) }]);
  });

  test('wrong requests are refused in the words of the protocol, and change nothing', async () => {
    const bytes = randomBytes(1000);
    const url = await tus.create(bytes.length);
    await tus.patch(url, 0, bytes.subarray(0, 400));
    const rest = bytes.subarray(400);
    const patch = (headers: Record<string, string | number>, body = rest) =>
      tus.patch(url, 400, body, headers);
    expect(codeOf(await tus.patch(url, 300, rest))).toEqual([409, 'upload.offset_mismatch']);
    expect(codeOf(await patch({ 'upload-offset': 500 }))).toEqual([409, 'upload.offset_mismatch']);
    for (const version of ['0.2.2', '']) {
      const answer = await patch({ 'tus-resumable': version });
      expect(codeOf(answer)).toEqual([412, 'upload.unsupported_version']);
      expect(answer.headers['tus-version']).toBe('1.0.0');
    }
    for (const offset of ['-1', '4e2', 'x', '']) {
      expect(codeOf(await patch({ 'upload-offset': offset }))).toEqual([400, 'request.invalid']);
    }
    expect(codeOf(await patch({}, randomBytes(601)))).toEqual([413, 'upload.too_large']);
    const endless = tus.begin(url, 400, { 'transfer-encoding': 'chunked' });
    endless.sent.end(randomBytes(601));
    expect(codeOf(await endless.answer)).toEqual([413, 'upload.too_large']);
    for (const type of ['text/plain', 'application/json', 'video/mp4', 'multipart/form-data', '']) {
      const answer = await patch({ 'content-type': type }, Buffer.from('{}'));
      expect(codeOf(answer)).toEqual([415, 'request.unsupported_media_type']);
    }
    const notFound = [404, 'upload.not_found'];
    expect((await new TusClient(ben.client).head(url)).status).toBe(404);
    expect(codeOf(await new TusClient(ben.client).patch(url, 400, rest))).toEqual(notFound);
    expect(codeOf(await new TusClient(ben.client).send('DELETE', url))).toEqual(notFound);
    for (const name of ['..%2f..%2fsecret', '%00', 'film.mp4', randomUUID(), 'x'.repeat(90)]) {
      expect(codeOf(await tus.patch(`/api/v1/uploads/${name}`, 0, rest))).toEqual(notFound);
    }
    for (const [method, status] of [
      ['PUT', 404],
      ['GET', 404],
    ] as const) {
      expect((await tus.send(method, url)).status).toBe(status);
    }
    expect(codeOf(await tus.send('POST', url))).toEqual([405, 'route.method_not_allowed']);
    // The chunked one had all that was announced, and more: nobody can know which are right.
    const offset = await tus.offset(url).catch(() => bytes.length);
    expect([400, bytes.length]).toContain(offset);
  });

  test('a file is refused before it is sent, each wrong thing by its name', async () => {
    const invalid = [400, 'request.invalid'];
    for (const [metadata, field] of [
      [{ filename: '' }, 'filename'],
      [{ title: 'x'.repeat(201) }, 'title'],
      [{ genres: 'no-such-genre' }, 'genres'],
      [{ visibility: 'SECRET' }, 'visibility'],
      [{ language: '!' }, 'language'],
      [{ allow_duplicate: 'maybe' }, 'allow_duplicate'],
      [{ title: 'nul\0' }, 'title'],
      [{ fingerprint: 'x'.repeat(201) }, 'fingerprint'],
    ] as const) {
      const answer = await tus.tryCreate(1000, metadata);
      expect([codeOf(answer), answer.problem?.errors?.[0]?.field]).toEqual([invalid, field]);
    }
    for (const header of [
      'filename',
      'filename !',
      'a b c',
      ',',
      'filename QQ==,filename QQ==',
      '',
    ]) {
      const answer = await tus.tryCreate(1000, {}, { 'upload-metadata': header });
      expect(codeOf(answer)).toEqual(invalid);
    }
    for (const length of ['-1', '1.5', '1e3', 'x', '']) {
      const answer = await tus.tryCreate(1000, {}, { 'upload-length': length });
      expect(codeOf(answer)).toEqual(invalid);
    }
    const deferred = { 'upload-length': '', 'upload-defer-length': '1' };
    expect(codeOf(await tus.tryCreate(0, {}, deferred))).toEqual(invalid);
    expect(codeOf(await tus.tryCreate(9, {}, { 'upload-concat': 'partial' }))).toEqual(invalid);
    const type = await tus.tryCreate(1000, { filetype: 'text/html' });
    expect(codeOf(type)).toEqual([415, 'request.unsupported_media_type']);
    expect(codeOf(await tus.tryCreate(0))).toEqual([422, 'upload.empty']);
    const tooLarge = await tus.tryCreate(MAX_UPLOAD_BYTES + 1);
    expect(codeOf(tooLarge)).toEqual([413, 'upload.too_large']);
    const half = await Promise.all([0, 1, 2].map(() => tus.tryCreate(QUOTA / 2)));
    const over = half.filter(({ status }) => status !== 201);
    expect(over.length).toBeGreaterThan(0);
    expect(over.map(codeOf)).toEqual(over.map(() => [413, 'upload.over_quota']));
    expect(await sql('SELECT id FROM upload_sessions WHERE owner_id = $1', [anna.id])).toHaveLength(
      3 - over.length,
    );
  });

  test('no name of a file leads out of the uploader’s own folder', async () => {
    for (const filename of [
      '../../../etc/passwd',
      '..\\..\\boot.ini',
      '.htaccess',
      '....',
      '🎬.mp4',
      'x'.repeat(255),
    ]) {
      const url = await tus.create(10, { filename });
      expect(await keyOf(url)).toMatch(
        new RegExp(`^uploads/users/${anna.id}/videos/\\d+_[\\w.-]+$`),
      );
    }
  });

  test('everybody sees their own unfinished uploads, with what is there of them', async () => {
    const bytes = randomBytes(5000);
    const fingerprint = 'sha256 9f86d081';
    const url = await tus.create(bytes.length, { filename: 'half.mp4', fingerprint });
    await tus.patch(url, 0, bytes.subarray(0, 2000));
    const unknown = await tus.create(10, { filename: 'any.mp4' });
    await tus.tryCreate(100, {}, {}, randomBytes(100));
    const gone = await tus.create(100);
    await expire(gone);
    const { status, body } = await anna.client.get('uploads');
    expect(status).toBe(200);
    expect(body.uploads).toMatchObject([
      { id: path.basename(unknown), filename: 'any.mp4', fingerprint: null },
      { id: path.basename(url), filename: 'half.mp4', size: 5000, offset: 2000, url, fingerprint },
    ]);
    const days = (Date.parse(body.uploads[0].expires_at) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(6.9);
    expect((await ben.client.get('uploads')).body).toEqual({ uploads: [] });
  });

  test('an upload that is given up is gone with its bytes', async () => {
    const url = await tus.create(9 * MEBIBYTE);
    await tus.patch(url, 0, randomBytes(PART_BYTES + 1000));
    const { status } = await tus.send('POST', url, {
      headers: { 'x-http-method-override': 'DELETE' },
    });
    expect(status).toBe(204);
    expect((await tus.head(url)).status).toBe(404);
    expect(await keysOf(anna)).toEqual([]);
    const done = await tus.tryCreate(10, {}, {}, randomBytes(10));
    const refused = await tus.send('DELETE', done.headers.location ?? '');
    expect(codeOf(refused)).toEqual([409, 'upload.state_conflict']);
  });

  test('what has expired is refused, its bytes go, and its row a week later', async () => {
    const url = await tus.create(PART_BYTES + 2000);
    await tus.patch(url, 0, randomBytes(PART_BYTES + 1000));
    expect(await keysOf(anna)).not.toEqual(kind === 'disk' ? [] : undefined);
    await expire(url);
    const gone = [410, 'upload.expired'];
    expect(codeOf(await tus.patch(url, PART_BYTES + 1000, Buffer.alloc(10)))).toEqual(gone);
    const ahead = await anna.client.post('upload/videos/upload-url', {
      ...{ filename: 'film.mp4', content_type: 'video/mp4', size: 1000 },
    });
    await sql(
      `UPDATE upload_sessions SET expires_at = now() - interval '1 minute' WHERE storage_key = $1`,
      [ahead.body.s3_key],
    );
    expect(await sweep()).toMatch(/^\d+ removed, 0 finished, 0 forgotten, 0 failed$/);
    expect(await keysOf(anna)).toEqual([]);
    expect(codeOf(await tus.patch(url, PART_BYTES + 1000, Buffer.alloc(10)))).toEqual(gone);
    expect((await tus.head(url)).status).toBe(410);
    const late = await anna.client.post('upload/videos/upload-url', { s3_key: ahead.body.s3_key });
    expect([late.status, late.body.code]).toEqual(gone);
    await sql(`UPDATE upload_sessions SET expires_at = now() - interval '8 days' WHERE id = $1`, [
      path.basename(url),
    ]);
    expect(await sweep()).toMatch(/^0 removed, 0 finished, 1 forgotten, 0 failed$/);
    expect((await tus.head(url)).status).toBe(404);
  });

  test('with an account go its open uploads', async () => {
    const url = await tus.create(PART_BYTES + 2000);
    await tus.patch(url, 0, randomBytes(PART_BYTES + 1000));
    const worker = await startAppOn(ground, { ...settings, ROLES: 'worker' });
    expect(await worker.app.get(AccountEraser, { strict: false }).erase(anna.id)).toBe('erased');
    await worker.close();
    expect(await keysOf(anna)).toEqual([]);
    expect(await sql('SELECT id FROM upload_sessions WHERE owner_id = $1', [anna.id])).toEqual([]);
  });

  test('a page of another origin cannot upload in somebody’s name', async () => {
    const browser = new CookieClient(app.origin);
    await browser.post('auth/login', { email: anna.email, password: PASSWORD });
    const headers = {
      ...{ 'tus-resumable': '1.0.0', 'upload-length': '10' },
      'upload-metadata': metadataHeader({ filename: 'film.mp4' }),
    };
    const refused = await browser.post('uploads', undefined, headers);
    expect([refused.status, refused.body.code]).toEqual([403, 'auth.csrf']);
    const allowed = await browser.post('uploads', undefined, { ...headers, ...browser.csrf });
    expect(allowed.status).toBe(201);
    const nobody = await new TusClient({ origin: app.origin }).tryCreate(10);
    expect(codeOf(nobody)).toEqual([401, 'auth.required']);
    const elsewhere = await anna.client.send('POST', 'videos/upload', undefined, {
      'content-type': PIECE,
    });
    expect(elsewhere.status).toBe(415);
  });

  async function uploadIdOf(url: string): Promise<string | null> {
    const [row] = await sql<{ storage_upload_id: string | null }>(
      'SELECT storage_upload_id FROM upload_sessions WHERE id = $1',
      [path.basename(url)],
    );
    return row?.storage_upload_id ?? null;
  }

  /** How many bytes the storage has, without taking the lock. */
  async function incomingOf(url: string): Promise<number> {
    const { body } = await anna.client.get('uploads');
    const uploads = body.uploads as { url: string; offset: number }[];
    return uploads.find((upload) => upload.url === url)?.offset ?? 0;
  }
});

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
