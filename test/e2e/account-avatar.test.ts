import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AvatarsService } from '../../src/account/avatars.service.js';
import { DomainError } from '../../src/common/domain-error.js';
import { UsersService } from '../../src/users/users.service.js';
import { startApp, type TestApp } from '../support/app.js';
import { Client, type Answer } from '../support/client.js';
import { clip } from '../support/clips.js';
import { filesBelow } from '../support/files.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

const FIVE_MIB = 5 * 1024 ** 2;

let app: TestApp;
let ada: Person;
let png: Buffer;

beforeAll(async () => {
  app = await startApp();
  png = readFileSync(await clip('still'));
});
afterAll(() => app.close());
beforeEach(async () => {
  ada = await makePerson(app);
});
afterEach(() => {
  expect(readdirSync(path.join(app.dataDir, 'scratch'))).toEqual([]);
});

function form(content: Buffer, field = 'file'): FormData {
  const body = new FormData();
  body.append(field, new Blob([new Uint8Array(content)], { type: 'text/html' }), '../../evil.html');
  return body;
}

const send = ({ client }: Person, body: FormData): Promise<Answer> =>
  client.send('PUT', 'users/me/avatar', body);

async function stored(userId: string): Promise<string[]> {
  return filesBelow(path.join(app.dataDir, 'media', 'avatars', userId));
}

test('a picture is cut, kept and shown under an address of its own', async () => {
  const { status, body } = await send(ada, form(png));
  expect(status).toBe(200);
  expect(body.user.avatar_url).toMatch(
    new RegExp(`^/api/v1/users/${ada.id}/avatar/[0-9a-f]{24}\\.jpg$`),
  );
  expect((await ada.client.get('users/me')).body).toEqual(body);
  const answer = await fetch(app.origin + (body.user.avatar_url as string), {
    headers: { authorization: `Bearer ${ada.client.token ?? ''}` },
  });
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/jpeg',
    'cache-control': 'private, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    etag: expect.stringMatching(/^"/) as string,
  });
  const size = execFileSync(
    'ffprobe',
    ['-v', 'error', '-show_entries', 'stream=width,height', '-of', 'csv=p=0', '-'],
    { input: Buffer.from(await answer.arrayBuffer()) },
  );
  expect(size.toString().trim()).toBe('256,256');
});

test('whoever has it is told so', async () => {
  const { body } = await send(ada, form(png));
  const url = body.user.avatar_url as string;
  const etag = (await ada.client.get(url)).headers.get('etag') ?? '';
  const again = await ada.client.get(url, { 'if-none-match': etag });
  expect([again.status, again.body, again.headers.get('cache-control')]).toEqual([
    304,
    '',
    'private, max-age=31536000, immutable',
  ]);
  const head = await ada.client.send('HEAD', url);
  expect([head.status, head.body]).toEqual([200, '']);
});

test('the one before goes, also when several come at once', async () => {
  const before = (await send(ada, form(png))).body.user.avatar_url as string;
  const answers = await Promise.all([1, 2, 3].map(() => send(ada, form(png))));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const { avatar_url: url } = (await ada.client.get('users/me')).body.user;
  expect(await stored(ada.id)).toEqual([path.basename(url as string)]);
  const gone = await ada.client.get(before);
  expect([gone.status, gone.body.code]).toEqual([404, 'avatar.not_found']);
  expect(gone.headers.get('cache-control')).toBe('private, no-cache');
});

test('a picture can be taken away, once and again', async () => {
  const url = (await send(ada, form(png))).body.user.avatar_url as string;
  expect((await ada.client.send('DELETE', 'users/me/avatar')).status).toBe(204);
  expect((await ada.client.send('DELETE', 'users/me/avatar')).status).toBe(204);
  expect((await ada.client.get('users/me')).body.user.avatar_url).toBeNull();
  expect((await ada.client.get(url)).status).toBe(404);
  expect(await stored(ada.id)).toEqual([]);
});

test('others who are signed in see it; demo guests and strangers do not', async () => {
  const url = (await send(ada, form(png))).body.user.avatar_url as string;
  const ben = await makePerson(app);
  const { body } = await new Client(app.origin).post('auth/demo');
  const guest = new Client(app.origin, body.access_token as string);
  expect((await ben.client.get(url)).status).toBe(200);
  const hidden = await guest.get(url);
  expect([hidden.status, hidden.body.code]).toEqual([404, 'avatar.not_found']);
  expect((await new Client(app.origin).get(url)).status).toBe(401);
});

test.each(['x.jpg', '..%2f..%2fsecret', '.jpg', 'jpg', 'a'.repeat(99)])(
  'no other name leads to a file: %s',
  async (name) => {
    await send(ada, form(png));
    for (const id of [ada.id, randomUUID()]) {
      const { status, body } = await ada.client.get(`users/${id}/avatar/${name}`);
      expect([status, body.code]).toEqual([404, 'avatar.not_found']);
    }
  },
);

test('eleven in an hour are one too many', async () => {
  const answers = [];
  for (let at = 0; at < 11; at++) answers.push(await send(ada, form(Buffer.from('no picture'))));
  expect(answers.map(({ status }) => status)).toEqual([...Array<number>(10).fill(422), 429]);
  expect(Number(answers[10]?.headers.get('retry-after'))).toBeGreaterThan(3500);
  expect((await send(await makePerson(app), form(png))).status).toBe(200);
});

test('one that nobody waits for any more is not made', async () => {
  const avatars = app.app.get(AvatarsService, { strict: false });
  const gone = new AbortController();
  const replaced = avatars.replace(
    ada.id,
    async (target) => {
      await writeFile(target, png);
      gone.abort();
    },
    gone.signal,
  );
  await expect(replaced).rejects.toMatchObject({ code: 'upload.interrupted' });
  expect(await stored(ada.id)).toEqual([]);
});

test('whoever hangs up after the last byte is noticed, and not before', async () => {
  const avatars = app.app.get(AvatarsService, { strict: false });
  const noted: boolean[] = [];
  jest.spyOn(avatars, 'replace').mockImplementationOnce(async (_, receive, signal) => {
    await receive(path.join(app.dataDir, 'received'));
    await sleep(100);
    noted.push(signal.aborted);
    hangUp.abort();
    await until(() => signal.aborted, { what: 'an aborted signal' });
    noted.push(signal.aborted);
    throw new DomainError('upload.interrupted', 'Nobody waits for it.');
  });
  const hangUp = new AbortController();
  const answer = fetch(`${app.origin}/api/v1/users/me/avatar`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ada.client.token ?? ''}` },
    body: form(png),
    signal: hangUp.signal,
  });
  await expect(answer).rejects.toThrow();
  await until(() => noted.length === 2);
  expect(noted).toEqual([false, true]);
});

test('one whose owner has gone meanwhile leaves nothing behind', async () => {
  const avatars = app.app.get(AvatarsService, { strict: false });
  const replaced = avatars.replace(
    ada.id,
    async (target) => {
      await writeFile(target, png);
      await app.app.get(UsersService, { strict: false }).delete(ada.id);
    },
    new AbortController().signal,
  );
  await expect(replaced).rejects.toThrow();
  expect(await stored(ada.id)).toEqual([]);
});

describe('refused, while the picture before stays:', () => {
  let before: string;
  beforeEach(async () => {
    before = (await send(ada, form(png))).body.user.avatar_url as string;
  });
  afterEach(async () => {
    expect((await ada.client.get('users/me')).body.user.avatar_url).toBe(before);
    expect(await stored(ada.id)).toHaveLength(1);
  });

  test.each([
    ['nothing', () => Buffer.alloc(0)],
    ['noise', () => randomBytes(5000)],
    ['HTML', () => Buffer.from('<script>alert(1)</script>')],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['a PNG that stops midway', () => png.subarray(0, 200)],
    ['a PNG in its first bytes only', () => Buffer.concat([png.subarray(0, 8), randomBytes(999)])],
  ])('%s', async (_, content) => {
    const { status, body } = await send(ada, form(content()));
    expect([status, body.code]).toEqual([422, 'avatar.not_an_image']);
  });

  test('a video', async () => {
    const { status } = await send(ada, form(readFileSync(await clip('silent'))));
    expect(status).toBe(422);
  });

  test('more than 5 MiB, and 5 MiB are not too many', async () => {
    const padded = (bytes: number) => Buffer.concat([png, Buffer.alloc(bytes - png.length)]);
    const { status, body } = await send(ada, form(padded(FIVE_MIB + 1)));
    expect([status, body.code]).toEqual([413, 'upload.too_large']);
    const ben = await makePerson(app);
    expect((await send(ben, form(padded(FIVE_MIB)))).status).toBe(200);
  });

  test('a form without it, with another name, or with more', async () => {
    const empty = await send(ada, new FormData());
    expect([empty.status, ['upload.no_file', 'request.invalid']]).toEqual([
      400,
      expect.arrayContaining([empty.body.code]),
    ]);
    expect((await send(ada, form(png, 'picture'))).body.errors[0].field).toBe('picture');
    const two = form(png);
    two.append('file', new Blob(['x']), 'b.png');
    expect((await send(ada, two)).status).toBe(400);
    const more = form(png);
    more.append('name', 'x');
    expect((await send(ada, more)).body.errors[0].field).toBe('name');
  });

  test('what is no form', async () => {
    const { status, body } = await ada.client.send('PUT', 'users/me/avatar', { file: 'x' });
    expect([status, body.code]).toEqual([415, 'request.unsupported_media_type']);
  });

  test('a form that breaks off', async () => {
    const { port } = new URL(app.origin);
    await new Promise<void>((resolve) => {
      const request = httpRequest({
        ...{ port, method: 'PUT', path: '/api/v1/users/me/avatar' },
        headers: {
          authorization: `Bearer ${ada.client.token ?? ''}`,
          'content-type': 'multipart/form-data; boundary=x',
        },
      });
      request.on('error', () => resolve());
      request.write('--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n');
      request.write(png.subarray(0, 100), () => setTimeout(() => request.destroy(), 300));
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
  });
});
