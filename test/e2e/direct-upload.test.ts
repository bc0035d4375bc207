import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DataSource } from 'typeorm';
import { AccountEraser } from '../../src/account/account-eraser.service.js';
import { AbandonedUploads } from '../../src/ingest/direct/abandoned-uploads.service.js';
import { StrayUploads } from '../../src/ingest/direct/stray-uploads.service.js';
import type { UploadAddressDto } from '../../src/ingest/direct/direct-upload.dto.js';
import type { UploadedVideoDto } from '../../src/ingest/direct/uploaded-video.dto.js';
import { UploadSessionsRepository } from '../../src/ingest/sessions/upload-sessions.repository.js';
import { sourceKey } from '../../src/media/object-keys.js';
import { DirectUploads } from '../../src/ports/direct-uploads.js';
import { MediaStorage } from '../../src/ports/media-storage.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { PASSWORD, type Answer, type Client } from '../support/client.js';
import { clip, freeBox } from '../support/clips.js';
import { CookieClient } from '../support/cookie-client.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { put } from '../support/put.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';

const START_MILLISECONDS = 180_000;
const MEBIBYTE = 1024 ** 2;
const QUOTA = 400 * MEBIBYTE;
const MAX_UPLOAD_BYTES = 300 * MEBIBYTE;

describe.each(['disk', 's3'])('on %s', (kind) => {
  let ground: Ground;
  let app: TestApp;
  let server: S3Server | undefined;
  let settings: Record<string, string>;
  let anna: Person;
  let ben: Person;
  let film: Buffer;

  /** Without a worker, so that sources stay as they are until one is started. */
  beforeAll(async () => {
    ground = await createGround();
    server = kind === 's3' ? await startS3Server() : undefined;
    settings = {
      USER_QUOTA_BYTES: `${QUOTA}`,
      MAX_UPLOAD_BYTES: `${MAX_UPLOAD_BYTES}`,
      ENCODE_LADDER: '90',
      ...(server ? bucketOn(server) : {}),
    };
    app = await startAppOn(ground, { ...settings, ROLES: 'api' });
    await app.app.get(MediaStorage).selfTest();
    film = await readFile(await clip('silent'));
  }, START_MILLISECONDS);
  afterAll(async () => {
    await app.close();
    await server?.stop();
    await ground.remove();
  });
  beforeEach(async () => {
    anna = await makePerson(app);
    ben = await makePerson(app);
  });

  const ask = (client: Client, body: object) => client.post('upload/videos/upload-url', body);
  const describeFilm = (client: Client, body: object) =>
    client.post('upload/videos/metadata', body);
  const problemOf = ({ status, body }: Answer) => [status, body.code];
  const send = (url: string | null, bytes: Buffer, headers: Record<string, string>) =>
    put(new URL(url ?? '', app.origin).href, bytes, { ...headers, 'content-length': bytes.length });
  const stored = () => app.app.get(MediaStorage);
  const sql = <T>(query: string, values: unknown[] = []) =>
    app.app.get(DataSource).query<T[]>(query, values);

  async function announce(
    client: Client,
    bytes: Buffer,
    more: object = {},
  ): Promise<UploadAddressDto> {
    const request = { filename: 'film.mp4', content_type: 'video/mp4', size: bytes.length };
    const { status, body } = await ask(client, { ...request, ...more });
    expect(status).toBe(200);
    return body as UploadAddressDto;
  }

  /** A file as it lies in the storage before anything was said about it. */
  async function sent(client: Client, bytes: Buffer, more: object = {}): Promise<UploadAddressDto> {
    const address = await announce(client, bytes, more);
    const { status } = await send(address.upload_url, bytes, address.headers);
    expect([200, 204]).toContain(status);
    return address;
  }

  async function sendParts(address: UploadAddressDto, bytes: Buffer) {
    const size = address.part_size ?? 0;
    const parts: { part_number: number; etag: string }[] = [];
    for (const { part_number: number, upload_url: url, headers } of address.parts ?? []) {
      const part = bytes.subarray((number - 1) * size, number * size);
      const { status, etag } = await send(url, part, headers);
      expect([200, 204]).toContain(status);
      parts.push({ part_number: number, etag });
    }
    return parts;
  }

  /** Lets a worker run until a video is ready or failed. */
  async function worked(client: Client, videoId: string) {
    const worker = await startAppOn(ground, { ...settings, ROLES: 'worker' });
    try {
      return await client.settled(videoId, 90);
    } finally {
      await worker.close();
    }
  }

  test('a film goes to the storage in one piece, and plays', async () => {
    const bytes = Buffer.concat([film, freeBox(64)]);
    const address = await sent(anna.client, bytes);
    expect(address).toMatchObject({ method: 'PUT', headers: { 'content-type': 'video/mp4' } });
    expect(address.s3_key).toMatch(new RegExp(`^uploads/users/${anna.id}/videos/\\d+_film.mp4$`));
    expect(address.expires_in).toBeGreaterThan(600);
    const { status, body } = await describeFilm(anna.client, {
      s3_key: address.s3_key,
      title: 'Straight',
      visibility: 'PUBLIC',
      tags: ['short'],
    });
    expect(status).toBe(201);
    const video = body as UploadedVideoDto;
    expect(video).toMatchObject({
      title: 'Straight',
      s3_key: address.s3_key,
      processing_status: 'IN_PROGRESS',
      user_id: anna.id,
    });
    expect(await worked(anna.client, video.id)).toMatchObject({ status: 'ready', playable: true });
    const listed = await ben.client.get('upload/videos/');
    const shown = (listed.body.videos as UploadedVideoDto[]).find(({ id }) => id === video.id);
    expect(shown).toMatchObject({ processing_status: 'COMPLETED', s3_key: null });
    expect(shown?.thumbnail_url).toMatch(/^\/media\//);
    const one = await ben.client.get(`upload/videos/${video.id}`);
    expect(one.body).toMatchObject({ title: 'Straight', s3_key: null });
    const playback = (await ben.client.get(`videos/${video.id}/playback`)).body;
    expect((await ben.client.get(playback.hls_url as string)).body).toContain('#EXTM3U');
  });

  test('a large film goes there in parts, plays, and is known when it comes again', async () => {
    const bytes = Buffer.concat([film, freeBox(104 * MEBIBYTE)]);
    const address = await announce(anna.client, bytes);
    expect(address).toMatchObject({ upload_url: null, part_size: 100 * MEBIBYTE });
    expect(address.parts?.map(({ part_number: number }) => number)).toEqual([1, 2]);
    const parts = await sendParts(address, bytes);
    const about = { s3_key: address.s3_key, title: 'Large' };
    expect(problemOf(await describeFilm(anna.client, about))).toEqual([400, 'request.invalid']);
    const wrong = [parts[0], { part_number: 2, etag: `"${'0'.repeat(64)}"` }];
    expect(problemOf(await describeFilm(anna.client, { ...about, parts: wrong }))).toEqual([
      409,
      'upload.incomplete',
    ]);
    const { status, body } = await describeFilm(anna.client, { ...about, parts });
    expect(status).toBe(201);
    expect(await worked(anna.client, body.id as string)).toMatchObject({ status: 'ready' });
    const [row] = await sql<{ source_sha256: string }>(
      'SELECT source_sha256 FROM videos WHERE id = $1',
      [body.id],
    );
    expect(row?.source_sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const late = await ask(anna.client, { s3_key: address.s3_key });
    expect(problemOf(late)).toEqual([409, 'upload.state_conflict']);
    expect((await send(address.parts?.[1]?.upload_url ?? '', freeBox(8), {})).status).not.toBe(200);
  }, 180_000);

  test('nothing becomes a video that is not here, not its uploader’s, or no key of an upload', async () => {
    const { s3_key: key } = await announce(anna.client, film);
    const about = { s3_key: key, title: 'Early' };
    expect(problemOf(await describeFilm(anna.client, about))).toEqual([409, 'upload.incomplete']);
    const notFound = [404, 'upload.not_found'];
    expect(problemOf(await describeFilm(ben.client, about))).toEqual(notFound);
    expect(problemOf(await ask(ben.client, { s3_key: key }))).toEqual(notFound);
    for (const other of [
      `../${key}`,
      key.replace('/videos/', '/videos/../videos/'),
      '/etc/passwd',
      'videos',
      '%2e%2e%2f',
      `${key}/`,
    ]) {
      expect(problemOf(await describeFilm(anna.client, { ...about, s3_key: other }))).toEqual(
        notFound,
      );
    }
    const nul = await describeFilm(anna.client, { ...about, s3_key: `${key}\0` });
    expect(nul.status).toBe(400);
  });

  test('no name of a file leads out of the uploader’s own folder', async () => {
    for (const filename of [
      '../../../etc/passwd',
      '..\\..\\boot.ini',
      'a/b/../../c.mp4',
      '.htaccess',
      '....',
      '🎬 ünïcødé.mp4',
      'x'.repeat(255),
    ]) {
      const { s3_key: key } = await announce(anna.client, film, { filename });
      expect(key).toMatch(new RegExp(`^uploads/users/${anna.id}/videos/\\d+_[\\w.-]+$`));
      expect(key.length).toBeLessThan(250);
    }
  });

  test('wrong announcements are refused, each wrong field by its name', async () => {
    const good = { filename: 'film.mp4', content_type: 'video/mp4', size: 10 };
    for (const [wrong, field] of [
      [{ filename: '' }, 'filename'],
      [{ content_type: 'text/html' }, 'content_type'],
      [{ content_type: 'video/mp4\r\nx: y' }, 'content_type'],
      [{ size: 0 }, 'size'],
      [{ size: 1.5 }, 'size'],
      [{ sha256: 'abc' }, 'sha256'],
      [{ bucket: 'other' }, 'bucket'],
      [{ size: undefined }, 'size'],
    ] as const) {
      const { status, body } = await ask(anna.client, { ...good, ...wrong });
      expect([status, body.errors[0].field]).toEqual([400, field]);
    }
  });

  test('too large a file, or one for which there is no room, is refused before it is sent', async () => {
    const size = MAX_UPLOAD_BYTES + 1;
    const request = { filename: 'film.mp4', content_type: 'video/mp4' };
    expect(problemOf(await ask(anna.client, { ...request, size }))).toEqual([
      413,
      'upload.too_large',
    ]);
    const half = { ...request, size: 50 * MEBIBYTE };
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(anna.client, half)));
    const taken = answers.filter(({ status }) => status === 200).length;
    expect(taken).toBeLessThanOrEqual(QUOTA / half.size);
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused.map(problemOf)).toEqual(refused.map(() => [413, 'upload.over_quota']));
    expect(await incomingBytes(anna.client)).toBe(taken * half.size);
  });

  test('whoever sends the metadata twice, or five times at once, has one video', async () => {
    const bytes = Buffer.concat([film, randomBox()]);
    const { s3_key: key } = await sent(anna.client, bytes);
    const about = { s3_key: key, title: 'Once' };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => describeFilm(anna.client, about)),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(answers.filter((answer) => !made.includes(answer)).map(problemOf)).toEqual(
      answers.slice(made.length).map(() => [409, 'upload.state_conflict']),
    );
    const again = await describeFilm(anna.client, about);
    expect([again.status, again.body.id]).toEqual([201, made[0]?.body.id]);
    const rows = await sql('SELECT id FROM videos WHERE source_key = $1', [key]);
    expect(rows).toEqual([{ id: again.body.id }]);
  });

  test('the same file is known when it comes again, and can be kept all the same', async () => {
    const bytes = Buffer.concat([film, randomBox()]);
    const first = await sent(anna.client, bytes);
    const { body } = await describeFilm(anna.client, { s3_key: first.s3_key, title: 'First' });
    const second = await sent(anna.client, bytes);
    const about = { s3_key: second.s3_key, title: 'Second' };
    const refused = await describeFilm(anna.client, about);
    expect(problemOf(refused)).toEqual([409, 'upload.duplicate']);
    expect(refused.body.detail).toContain(body.id);
    const kept = await describeFilm(anna.client, { ...about, allow_duplicate: true });
    expect([kept.status, kept.body.title]).toEqual([201, 'Second']);
  });

  test('what is refused for its metadata can be said again without sending the file again', async () => {
    const { s3_key: key } = await sent(anna.client, Buffer.concat([film, randomBox()]));
    const about = { s3_key: key, title: 'Twice' };
    const wrong = await describeFilm(anna.client, { ...about, genres: ['no-such-genre'] });
    expect([wrong.status, wrong.body.errors[0].field]).toEqual([400, 'genres']);
    expect((await describeFilm(anna.client, about)).status).toBe(201);
  });

  test('other bytes than the announced SHA-256 says become no video', async () => {
    const [right, wrong] = [Buffer.concat([film, randomBox()]), Buffer.concat([film, randomBox()])];
    const sha256 = createHash('sha256').update(right).digest('hex');
    const {
      s3_key: key,
      upload_url: url,
      headers,
    } = await announce(anna.client, right, { sha256 });
    const about = { s3_key: key, title: 'Checked' };
    // A server that does not know checksums takes them; then it shows when they are read.
    await send(url, wrong, headers);
    const refused = await describeFilm(anna.client, about);
    expect(refused.status).toBe(409);
    expect(['upload.mismatch', 'upload.incomplete']).toContain(refused.body.code);
    await send(url, right, headers);
    expect((await describeFilm(anna.client, about)).status).toBe(201);
  });

  test('a source that was changed after its metadata is refused in plain words', async () => {
    const bytes = Buffer.concat([film, randomBox()]);
    const { s3_key: key, upload_url: url, headers } = await sent(anna.client, bytes);
    const { body } = await describeFilm(anna.client, { s3_key: key, title: 'Changed' });
    const other = Buffer.concat([film, randomBox()]);
    const { status } = await send(url, other, headers);
    // The storage of a bucket cannot know; on a disk it takes somebody with a right of their own.
    expect(status).toBe(kind === 'disk' ? 409 : 200);
    if (kind === 'disk') await stored().write(key, Readable.from([other]));
    const { status: state, error } = await worked(anna.client, body.id as string);
    expect([state, error?.code]).toEqual(['failed', 'source.changed']);
    expect(error?.detail).toMatch(/changed after it was uploaded/);
  });

  describe('a picture for a video', () => {
    const askForPicture = (client: Client, size: number, type = 'image/png') =>
      client.post('upload/videos/thumbnail/upload-url', {
        filename: '../me.png',
        content_type: type,
        size,
      });

    async function sentPicture(bytes: Buffer): Promise<string> {
      const { status, body } = await askForPicture(anna.client, bytes.length);
      expect(status).toBe(200);
      const { upload_url: url, s3_key: key, headers } = body as UploadAddressDto;
      expect([200, 204]).toContain((await send(url, bytes, headers)).status);
      return key;
    }

    test('is shown from the beginning, and still when the film is ready', async () => {
      const thumbnail = await sentPicture(await readFile(await clip('still')));
      expect(thumbnail).toMatch(new RegExp(`^uploads/users/${anna.id}/thumbnails/\\d+_me.png$`));
      const { s3_key: key } = await sent(anna.client, Buffer.concat([film, randomBox()]));
      const about = { s3_key: key, title: 'Pictured', thumbnail_s3_key: thumbnail };
      const foreign = { ...about, thumbnail_s3_key: key };
      expect(problemOf(await describeFilm(anna.client, foreign))).toEqual([
        404,
        'upload.not_found',
      ]);
      const { status, body } = await describeFilm(anna.client, about);
      expect(status).toBe(201);
      const picture = await fetch(app.origin + (body.thumbnail_url as string));
      expect(picture.headers.get('content-type')).toBe('image/jpeg');
      const before = Buffer.from(await picture.arrayBuffer());
      expect(before.subarray(0, 3).toString('hex')).toBe('ffd8ff');
      expect(await worked(anna.client, body.id as string)).toMatchObject({ status: 'ready' });
      const shown = (await anna.client.get(`upload/videos/${body.id}`)).body.thumbnail_url;
      const after = await fetch(app.origin + (shown as string));
      expect(Buffer.from(await after.arrayBuffer()).equals(before)).toBe(true);
      await expect(stored().info(thumbnail)).rejects.toThrow();
    });

    test('that is none, too large or of another type is refused', async () => {
      const key = (await sent(anna.client, Buffer.concat([film, randomBox()]))).s3_key;
      const fake = await sentPicture(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'));
      const about = { s3_key: key, title: 'Fake' };
      expect(
        problemOf(await describeFilm(anna.client, { ...about, thumbnail_s3_key: fake })),
      ).toEqual([422, 'upload.not_an_image']);
      expect((await describeFilm(anna.client, about)).status).toBe(201);
      expect(problemOf(await askForPicture(anna.client, 10 * MEBIBYTE + 1))).toEqual([
        413,
        'upload.too_large',
      ]);
      expect((await askForPicture(anna.client, 10, 'image/svg+xml')).status).toBe(400);
    });
  });

  test('an abandoned upload leaves neither object nor parts, and its room is free again', async () => {
    const bytes = Buffer.concat([film, freeBox(101 * MEBIBYTE)]);
    const address = await announce(anna.client, bytes);
    const parts = await sendParts(address, bytes);
    const small = await sent(anna.client, film);
    const sessions = app.app.get(UploadSessionsRepository, { strict: false });
    const abandoned = app.app.get(AbandonedUploads, { strict: false });
    for (const key of [address.s3_key, small.s3_key]) {
      const session = await sessions.findByKey(key);
      if (!session) throw new Error(`${key} has no session`);
      await abandoned.abandon(session);
      await abandoned.abandon(session);
      await expect(stored().info(key)).rejects.toThrow();
    }
    expect(await incoming(anna.id)).toEqual([]);
    expect(await incomingBytes(anna.client)).toBe(0);
    const late = { s3_key: address.s3_key, title: 'Late', parts };
    expect(problemOf(await describeFilm(anna.client, late))).toEqual([
      409,
      'upload.state_conflict',
    ]);
  });

  test('what the storage keeps open of a form that broke off is ended, uploads of clients are not', async () => {
    const bytes = Buffer.concat([film, freeBox(101 * MEBIBYTE)]);
    const address = await announce(anna.client, bytes);
    const unknown = sourceKey(anna.id, new Date(), 'form.mp4');
    const directUploads = app.app.get(DirectUploads);
    const form = { key: unknown, contentType: 'video/mp4', sizeBytes: bytes.length };
    await directUploads.begin(form);
    const [later, sooner] = [3_600_000, -3_600_000].map((ms) => new Date(Date.now() + ms));
    const strays = app.app.get(StrayUploads, { strict: false });
    expect(await strays.end(sooner ?? new Date())).toBe(0);
    // On a disk there is none: a form has a draft there.
    const ended = await strays.end(later ?? new Date());
    if (kind === 's3') expect(ended).toBeGreaterThanOrEqual(1);
    else expect(ended).toBe(0);
    expect(await strays.end(later ?? new Date())).toBe(0);
    const parts = await sendParts(address, bytes);
    const about = { s3_key: address.s3_key, title: 'Open', parts };
    expect((await describeFilm(anna.client, about)).status).toBe(201);
  });

  test('an upload that has expired is refused as such, and takes no room', async () => {
    const before = await incomingBytes(anna.client);
    const { s3_key: key } = await sent(anna.client, film);
    expect(await incomingBytes(anna.client)).toBe(before + film.length);
    await sql(`UPDATE upload_sessions SET expires_at = now() WHERE storage_key = $1`, [key]);
    const about = { s3_key: key, title: 'Late' };
    expect(problemOf(await describeFilm(anna.client, about))).toEqual([410, 'upload.expired']);
    expect(problemOf(await ask(anna.client, { s3_key: key }))).toEqual([410, 'upload.expired']);
    expect(await incomingBytes(anna.client)).toBe(before);
  });

  test('with an account go its open uploads and their parts', async () => {
    const bytes = Buffer.concat([film, freeBox(101 * MEBIBYTE)]);
    await sendParts(await announce(anna.client, bytes), bytes);
    await sent(anna.client, film);
    const worker = await startAppOn(ground, { ...settings, ROLES: 'worker' });
    expect(await worker.app.get(AccountEraser, { strict: false }).erase(anna.id)).toBe('erased');
    await worker.close();
    expect(await incoming(anna.id)).toEqual([]);
    const keys: string[] = [];
    for await (const key of stored().list(`uploads/users/${anna.id}/`)) keys.push(key);
    expect(keys).toEqual([]);
    expect(await sql('SELECT id FROM upload_sessions WHERE owner_id = $1', [anna.id])).toEqual([]);
  });

  test('a page of another origin cannot upload in somebody’s name', async () => {
    const browser = new CookieClient(app.origin);
    await browser.post('auth/login', { email: anna.email, password: PASSWORD });
    const request = { filename: 'film.mp4', content_type: 'video/mp4', size: film.length };
    for (const [route, body] of [
      ['upload-url', request],
      ['thumbnail/upload-url', { ...request, content_type: 'image/png' }],
      ['metadata', { s3_key: 'x', title: 'x' }],
    ] as const) {
      const answer = await browser.post(`upload/videos/${route}`, body);
      expect(problemOf(answer)).toEqual([403, 'auth.csrf']);
    }
    const allowed = await browser.post('upload/videos/upload-url', request, browser.csrf);
    expect(allowed.status).toBe(200);
  });

  /** What there is of a user's files that are not complete. */
  async function incoming(userId: string): Promise<string[]> {
    const below = path.join(ground.dataDir, 'media/.incoming/uploads/users', userId);
    return filesBelow(below);
  }
});

async function incomingBytes(client: Client): Promise<number> {
  const { body } = await client.get('users/me/usage');
  return Number(body.incoming_bytes);
}

function bucketOn({ endpoint, region, accessKeyId, secretAccessKey }: S3Server) {
  return {
    S3_ENDPOINT: endpoint,
    S3_REGION: region,
    S3_BUCKET: 'films',
    S3_PATH_STYLE: 'true',
    S3_ACCESS_KEY_ID: accessKeyId,
    S3_SECRET_ACCESS_KEY: secretAccessKey,
  };
}

/** One that makes a film another one. */
function randomBox(): Buffer {
  const box = freeBox(32);
  randomBytes(24).copy(box, 8);
  return box;
}
