import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { GenresService } from '../../src/catalogue/genres.service.js';
import type { VideoDto, VideoMetadataDto } from '../../src/catalogue/video.dto.js';
import type { Problem } from '../../src/common/problem.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { Client, signUp, type Answer } from '../support/client.js';
import { clip, clipNamed, sharedFile } from '../support/clips.js';
import { stopClock } from '../support/clock.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { startRedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

const MAX_UPLOAD_BYTES = 8 * 1024 ** 2;
const UNICODE_NAME = `Ünïcødé – 视频 'quoted' $(name) 🎬.mp4`;

let ground: Ground;
let app: TestApp;
let anna: Client;
let ben: Client;
let guest: Client;

/** Accounts need a worker for their mails; afterwards there is none, so that sources stay put. */
beforeAll(async () => {
  ground = await createGround();
  const everything = await startAppOn(ground);
  const signedIn = [
    await signUp(everything, 'anna@example.com'),
    await signUp(everything, 'ben@example.com'),
    new Client(everything.origin, await demoToken(everything)),
  ];
  await everything.close();
  app = await startAppOn(ground, { ROLES: 'api', MAX_UPLOAD_BYTES: `${MAX_UPLOAD_BYTES}` });
  [anna, ben, guest] = signedIn.map(({ token }) => new Client(app.origin, token)) as [
    Client,
    Client,
    Client,
  ];
  await app.app.get(GenresService).ensure([
    { slug: 'nature', name: 'Nature' },
    { slug: 'space', name: 'Space' },
  ]);
});

afterAll(async () => {
  await app.close();
  await ground.remove();
});

describe('an upload', () => {
  test('is stored byte by byte and answered with what it became', async () => {
    const file = sharedFile('media', 'big_buck_bunny_480p_30s.mp4') ?? (await clip('plain'));
    const { status, body } = await anna.upload(file);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      number: expect.any(Number),
      filename: path.basename(file),
      status: 'pending',
      message: expect.stringMatching(/./),
    });
    const [source = ''] = (await stored()).filter((name) => name.endsWith(path.basename(file)));
    expect(sha256(await readFile(path.join(media(), source)))).toBe(sha256(await readFile(file)));
    const metadata = (await anna.get(`videos/${(body as UploadedDto).id}/metadata`)).body;
    expect((metadata as VideoMetadataDto).size_bytes).toBe((await readFile(file)).length);
  });

  test.each(['before', 'after'])('takes its fields %s the file', async (place) => {
    const fields = {
      title: '  The river  ',
      description: 'From the spring to the sea.',
      genres: 'nature, space',
      tags: 'water,slow',
      language: 'de-CH',
      visibility: 'UNLISTED',
    };
    const form = new FormData();
    if (place === 'after') form.append('file', someBytes(), 'river.mp4');
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    if (place === 'before') form.append('file', someBytes(), 'river.mp4');
    const video = await videoOf(anna, await anna.post('videos/upload', form));
    expect(video).toMatchObject({
      title: 'The river',
      description: 'From the spring to the sea.',
      genres: [
        { slug: 'nature', name: 'Nature' },
        { slug: 'space', name: 'Space' },
      ],
      tags: ['water', 'slow'],
      language: 'de-CH',
      visibility: 'UNLISTED',
      status: 'pending',
      playable: false,
    });
  });

  test('takes a list also as repeated fields', async () => {
    const form = formWith(someBytes());
    for (const tag of ['one', 'two', 'three']) form.append('tags', tag);
    const video = await videoOf(anna, await anna.post('videos/upload', form));
    expect(video.tags).toEqual(['one', 'two', 'three']);
  });

  test('may call the file video', async () => {
    const form = new FormData();
    form.append('video', someBytes(), 'clip.mp4');
    expect((await anna.post('videos/upload', form)).status).toBe(201);
  });

  test('is public and takes its title from its name when nothing else is said', async () => {
    const form = formWith(someBytes(), 'my_holiday-2026.final.mp4');
    form.append('title', '');
    const video = await videoOf(anna, await anna.post('videos/upload', form));
    expect(video).toMatchObject({ title: 'my holiday-2026.final', visibility: 'PUBLIC' });
  });

  test('keeps the name of its file to the letter, and only there', async () => {
    const { status, body } = await anna.upload(await clipNamed('silent', UNICODE_NAME));
    expect(status).toBe(201);
    const { id, filename } = body as UploadedDto;
    expect(filename).toBe(UNICODE_NAME);
    const metadata = (await anna.get(`videos/${id}/metadata`)).body as VideoMetadataDto;
    expect(metadata.filename).toBe(UNICODE_NAME);
    for (const name of await stored()) expect(name).toMatch(/^[A-Za-z0-9._/-]+$/);
  });

  test('of files of one name in the same millisecond keeps all of them', async () => {
    const before = await stored();
    stopClock();
    const files = Array.from({ length: 8 }, () => someBytes());
    const answers = await Promise.all(
      files.map((file) => anna.post('videos/upload', formWith(file, 'same.mp4'))),
    );
    jest.useRealTimers();
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    const added = (await stored()).filter((name) => !before.includes(name));
    const hashes = await Promise.all(
      added.map(async (name) => sha256(await readFile(path.join(media(), name)))),
    );
    const sent = await Promise.all(files.map(async (file) => sha256(await file.bytes())));
    expect(hashes.sort()).toEqual(sent.sort());
  });
});

describe('a file that was uploaded already', () => {
  test('is refused with the id of its video', async () => {
    const file = someBytes();
    const { id } = (await anna.post('videos/upload', formWith(file))).body as UploadedDto;
    const before = await stored();
    const { status, problem } = problemIn(await anna.post('videos/upload', formWith(file)));
    expect({ status, code: problem.code }).toEqual({ status: 409, code: 'upload.duplicate' });
    expect(problem.detail).toContain(id);
    expect(await stored()).toEqual(before);
  });

  test('is taken when the uploader insists', async () => {
    const file = someBytes();
    await anna.post('videos/upload', formWith(file));
    const again = formWith(file);
    again.append('allow_duplicate', 'true');
    expect((await anna.post('videos/upload', again)).status).toBe(201);
  });

  test('is taken from somebody else', async () => {
    const file = someBytes();
    await anna.post('videos/upload', formWith(file));
    expect((await ben.post('videos/upload', formWith(file))).status).toBe(201);
  });

  test('is taken once its video is deleted', async () => {
    const file = someBytes();
    const { id } = (await anna.post('videos/upload', formWith(file))).body as UploadedDto;
    expect((await anna.send('DELETE', `videos/${id}`)).status).toBe(204);
    expect((await anna.post('videos/upload', formWith(file))).status).toBe(201);
  });
});

describe('an upload is refused and leaves nothing when', () => {
  let before: string[];

  beforeEach(async () => {
    before = await stored();
  });

  afterEach(async () => {
    expect(await stored()).toEqual(before);
  });

  test.each<[string, Record<string, string>, string]>([
    ['it names a genre that does not exist', { genres: 'nature,opera' }, 'genres'],
    ['it has a field nobody knows', { rating: '5' }, ''],
    ['its language is no language', { language: 'english please' }, 'language'],
    ['its visibility is unknown', { visibility: 'SECRET' }, 'visibility'],
    ['its title is too long', { title: 'x'.repeat(201) }, 'title'],
  ])('%s', async (_, fields, field) => {
    const form = formWith(someBytes());
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const { status, problem } = problemIn(await anna.post('videos/upload', form));
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'request.invalid' });
    expect(problem.errors?.map((error) => error.field)).toEqual([field]);
  });

  test('a field comes twice that may come once', async () => {
    const form = formWith(someBytes());
    form.append('title', 'one');
    form.append('title', 'two');
    const { status, problem } = problemIn(await anna.post('videos/upload', form));
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'request.invalid' });
  });

  test.each(['file', 'video'])('there are two files, the second called %s', async (second) => {
    const form = formWith(someBytes());
    form.append(second, someBytes(), 'second.mp4');
    const { status, problem } = problemIn(await anna.post('videos/upload', form));
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'request.invalid' });
    expect(problem.detail).toBe('Send one file at a time.');
  });

  test('its file comes under a name nobody knows', async () => {
    const form = new FormData();
    form.append('film', someBytes(4 * 1024 ** 2), 'clip.mp4');
    const { status, problem } = problemIn(await anna.post('videos/upload', form));
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'request.invalid' });
    expect(problem.errors?.map(({ field }) => field)).toEqual(['film']);
  });

  test('there is no file', async () => {
    const form = new FormData();
    form.append('title', 'Nothing');
    const { status, problem } = problemIn(await anna.post('videos/upload', form));
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'upload.no_file' });
  });

  test('the file is empty', async () => {
    const { status, problem } = problemIn(await anna.upload(await clip('empty')));
    expect({ status, code: problem.code }).toEqual({ status: 422, code: 'upload.empty' });
  });

  test('it is no form', async () => {
    const { status, problem } = problemIn(await anna.post('videos/upload', { file: 'clip.mp4' }));
    expect({ status, code: problem.code }).toEqual({
      status: 415,
      code: 'request.unsupported_media_type',
    });
  });

  test.each([
    ['has no boundary', 'multipart/form-data', 'hello'],
    ['is not what it says', 'multipart/form-data; boundary=x', 'hello'],
    ['is empty', 'multipart/form-data; boundary=x', ''],
    [
      'breaks off',
      'multipart/form-data; boundary=x',
      '--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\nhalf a fi',
    ],
  ])('the form %s', async (_, type, body) => {
    const { status, problem } = problemIn(await postRaw(body, type));
    expect(status).toBe(400);
    expect(problem.code).toMatch(/^(request|upload)\./);
  });

  test.each([
    ['the title', 'Content-Disposition: form-data; name="title"\r\n\r\na\0b'],
    ['a name of a field', 'Content-Disposition: form-data; name="ti\0tle"\r\n\r\nab'],
  ])('there is a NUL in %s', async (_, part) => {
    const { status, problem } = problemIn(
      await postRaw(`${filePart('a.mp4')}--x\r\n${part}\r\n--x--\r\n`),
    );
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'request.invalid' });
  });

  test('there is a NUL in the name of the file', async () => {
    const { status, problem } = problemIn(await postRaw(`${filePart('a\0b.mp4')}--x--\r\n`));
    expect({ status, code: problem.code }).toEqual({ status: 400, code: 'request.invalid' });
  });

  test('a field says that it is JSON, and is not', async () => {
    const part =
      'Content-Disposition: form-data; name="title"\r\nContent-Type: application/json\r\n\r\n{';
    const { status } = problemIn(await postRaw(`${filePart('a.mp4')}--x\r\n${part}\r\n--x--\r\n`));
    expect(status).toBe(400);
  });

  test.each(['__proto__', 'constructor', 'toString'])('a field is called %s', async (name) => {
    const form = formWith(someBytes());
    form.append(name, 'x');
    expect((await anna.post('videos/upload', form)).status).toBe(400);
  });

  test('it has more parts than any form', async () => {
    const form = formWith(someBytes());
    for (let at = 0; at < 80; at += 1) form.append('tags', `tag-${at}`);
    const { status } = await anna.post('videos/upload', form);
    expect([400, 413]).toContain(status);
  });

  test('the file is larger than allowed', async () => {
    const form = formWith(someBytes(MAX_UPLOAD_BYTES + 1));
    form.append('title', 'Too much');
    const answer = await anna.post('videos/upload', form);
    const { status, problem } = problemIn(answer);
    expect({ status, code: problem.code }).toEqual({ status: 413, code: 'upload.too_large' });
    expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  });

  test('the uploader is not signed in', async () => {
    const { status, problem } = problemIn(
      await new Client(app.origin).post('videos/upload', formWith(someBytes())),
    );
    expect({ status, code: problem.code }).toEqual({ status: 401, code: 'auth.required' });
  });

  test('the uploader is a demo guest', async () => {
    const { status, problem } = problemIn(await guest.post('videos/upload', formWith(someBytes())));
    expect({ status, code: problem.code }).toEqual({ status: 403, code: 'auth.forbidden' });
  });

  test.each([
    ['at its first bytes', 10],
    ['in the middle', 3 * 1024 ** 2],
  ])('the client goes away %s', async (_, sentBytes) => {
    const upload = request(`${app.origin}/api/v1/videos/upload`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${anna.token ?? ''}`,
        'content-type': 'multipart/form-data; boundary=x',
        'content-length': 6 * 1024 ** 2,
      },
    });
    upload.on('error', () => undefined);
    const gone = new Promise((resolve) => upload.once('close', resolve));
    upload.write('--x\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n');
    upload.write(randomBytes(sentBytes));
    await until(async () => (await stored()).length > before.length, {
      what: 'the beginning of the upload',
    });
    upload.destroy();
    await gone;
    await until(async () => (await stored()).length === before.length, {
      what: 'the end of the draft',
    });
  });
});

test('a connection on which an upload was refused early goes on to serve', async () => {
  const head = '--x\r\nContent-Disposition: form-data; name="film"; filename="a.mp4"\r\n\r\n';
  const body = Buffer.concat([
    Buffer.from(head),
    randomBytes(8 * 1024 ** 2),
    Buffer.from('\r\n--x--\r\n'),
  ]);
  const headers = (method: string, url: string, more: string[]) =>
    [
      `${method} /api/v1/${url} HTTP/1.1`,
      'Host: localhost',
      `Authorization: Bearer ${anna.token ?? ''}`,
      ...more,
      '',
      '',
    ].join('\r\n');
  const socket = connect(Number(new URL(app.origin).port), '127.0.0.1');
  socket.write(
    headers('POST', 'videos/upload', [
      'Content-Type: multipart/form-data; boundary=x',
      `Content-Length: ${body.length}`,
    ]),
  );
  socket.write(body);
  socket.write(headers('GET', 'auth/me', ['Connection: close']));
  const answers = await text(socket);
  expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400', 'HTTP/1.1 200']);
});

describe('a file with an unusual name is taken', () => {
  test.each([
    [
      'no name at all',
      'Content-Disposition: form-data; name="file"\r\nContent-Type: application/octet-stream',
      'video',
    ],
    ['an empty name', 'Content-Disposition: form-data; name="file"; filename=""', 'video'],
    ['a path', 'Content-Disposition: form-data; name="file"; filename="/etc/../passwd"', 'passwd'],
    [
      'a path of Windows',
      'Content-Disposition: form-data; name="file"; filename="C:\\a\\clip.mp4"',
      'clip.mp4',
    ],
    ['nothing but dots', 'Content-Disposition: form-data; name="file"; filename="..."', '...'],
    [
      '300 letters',
      `Content-Disposition: form-data; name="file"; filename="${'n'.repeat(300)}.mp4"`,
      `${'n'.repeat(300)}.mp4`,
    ],
  ])('%s', async (_, header, filename) => {
    const answer = await postRaw(
      `--x\r\n${header}\r\n\r\n${randomBytes(20).toString('hex')}\r\n--x--\r\n`,
    );
    const video = await videoOf(anna, answer);
    expect((answer.body as UploadedDto).filename).toBe(filename);
    expect(video.title).toMatch(/./);
    for (const name of await stored()) expect(name).toMatch(/^[A-Za-z0-9._/-]+$/);
  });
});

test('a file of exactly the allowed size is taken', async () => {
  const { status } = await anna.post('videos/upload', formWith(someBytes(MAX_UPLOAD_BYTES)));
  expect(status).toBe(201);
});

test('where only staff may upload, a viewer may not, and staff may', async () => {
  const before = await stored();
  await app.close();
  app = await startAppOn(ground, { ROLES: 'api', UPLOADS_BY: 'staff' });
  const viewer = new Client(app.origin, anna.token);
  const { status, problem } = problemIn(await viewer.post('videos/upload', formWith(someBytes())));
  expect({ status, code: problem.code }).toEqual({ status: 403, code: 'auth.forbidden' });
  expect(await stored()).toEqual(before);
  await makeStaff('anna@example.com');
  expect((await viewer.post('videos/upload', formWith(someBytes()))).status).toBe(201);
});

async function makeStaff(email: string): Promise<void> {
  await query(ground.databaseUrl, `UPDATE users SET role = 'staff' WHERE email = $1`, [email]);
}

test('a file is taken while its job cannot be: the sweep will add it', async () => {
  const redis = await startRedisServer();
  await app.close();
  app = await startAppOn(ground, { ROLES: 'api', REDIS_URL: redis.url });
  await redis.stop();
  const before = await stored();
  const uploader = new Client(app.origin, anna.token);
  const answer = await uploader.post('videos/upload', formWith(someBytes()));
  expect(await videoOf(uploader, answer)).toMatchObject({ status: 'pending' });
  expect((await stored()).length).toBe(before.length + 1);
});

function media(): string {
  return path.join(ground.dataDir, 'media');
}

/** Everything below the media folder, drafts too. */
async function stored(): Promise<string[]> {
  return filesBelow(media());
}

/** Bytes nobody has uploaded before. */
function someBytes(sizeBytes = 1000): Blob {
  return new Blob([randomBytes(sizeBytes)]);
}

function formWith(file: Blob, filename = 'clip.mp4'): FormData {
  const form = new FormData();
  form.append('file', file, filename);
  return form;
}

function filePart(filename: string): string {
  const bytes = randomBytes(20).toString('hex');
  return `--x\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\n\r\n${bytes}\r\n`;
}

/** Sends a body as it is. */
async function postRaw(body: string, type = 'multipart/form-data; boundary=x'): Promise<Answer> {
  const response = await fetch(`${app.origin}/api/v1/videos/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${anna.token ?? ''}`, 'content-type': type },
    body,
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

async function videoOf(client: Client, answer: Answer): Promise<VideoDto> {
  expect(answer.status).toBe(201);
  const { id } = answer.body as UploadedDto;
  return (await client.get(`videos/${id}`)).body as VideoDto;
}

function problemIn({ status, body }: Answer): { status: number; problem: Problem } {
  return { status, problem: body as Problem };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function demoToken({ origin }: TestApp): Promise<string> {
  const { body } = await new Client(origin).post('auth/demo');
  return (body as { access_token: string }).access_token;
}
