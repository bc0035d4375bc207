import { once } from 'node:events';
import { mkdir, readdir, readlink, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { MediaTokens } from '../../src/common/media-token.js';
import { startApp, type TestApp } from '../support/app.js';
import { clip } from '../support/clips.js';
import { makePerson, type Person } from '../support/people.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 ** 2;
const LARGE_BYTES = 256 * MEBIBYTE;
/** How many people read it at once, so that what one of them costs cannot hide. */
const READERS = 20;

let app: TestApp;
let anna: Person;
let file: string;
let url: string;

beforeAll(async () => {
  app = await startApp({ ENCODE_LADDER: '90' });
  anna = await makePerson(app);
  const film = await anna.client.uploadVideo(await clip('silent'));
  expect(await anna.client.settled(film)).toMatchObject({ status: 'ready', error: null });
  const folder = path.join(app.dataDir, 'media/videos', film, 'large');
  file = path.join(folder, 'segment.m4s');
  await mkdir(folder);
  await writeFile(file, Buffer.alloc(LARGE_BYTES, 'film'));
  const tokens = app.app.get(MediaTokens, { strict: false });
  url = `${app.origin}/media/${tokens.sign(tokens.grant(film, anna.id))}/large/segment.m4s`;
});

afterAll(() => app.close());

/** How many times this process, which is the server too, has the file open. */
async function openings(): Promise<number> {
  const descriptors = await readdir('/proc/self/fd');
  const targets = await Promise.all(
    descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')),
  );
  return targets.filter((target) => target === file).length;
}

/** Begins to read and stops after the first bytes, as a player does whose buffer is full. */
async function slowReader(): Promise<IncomingMessage> {
  const [response] = (await once(get(url, { agent: false }), 'response')) as [IncomingMessage];
  response.on('error', () => undefined);
  await once(response, 'readable');
  response.read(1);
  return response;
}

test('readers who are slow cost no memory, and reading stops with them', async () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = await Promise.all(Array.from({ length: READERS }, slowReader));
  const received = () => readers.map(({ socket }) => socket.bytesRead);
  let last: number[] = [];
  // Until nothing moves any more: what fits into the buffers on the way is there.
  await until(
    () => {
      const now = received();
      const isStill = now.every((bytes, at) => bytes === last[at]);
      last = now;
      return isStill;
    },
    { what: 'the end of reading ahead' },
  );
  expect(Math.max(...last)).toBeLessThan(LARGE_BYTES / 8);
  const grown = (process.memoryUsage().arrayBuffers - before) / READERS;
  expect(grown).toBeLessThan(4 * MEBIBYTE);
  expect(await openings()).toBe(READERS);

  for (const reader of readers) reader.destroy();
  await until(async () => (await openings()) === 0, { what: 'closing the file' });
});

test('a reader who goes on gets every byte', async () => {
  const reader = await slowReader();
  let bytes = 1;
  for await (const chunk of reader) bytes += (chunk as Buffer).length;
  expect(bytes).toBe(LARGE_BYTES);
  await until(async () => (await openings()) === 0, { what: 'closing the file' });
});

test('a head, a part and a refusal leave no file open', async () => {
  const etag = (await fetch(url, { method: 'HEAD' })).headers.get('etag') ?? '';
  const answers = await Promise.all([
    fetch(url, { headers: { 'if-none-match': etag } }),
    fetch(url, { headers: { range: 'bytes=0-9' } }),
    fetch(url, { headers: { range: `bytes=${LARGE_BYTES}-` } }),
    fetch(url.replace('/media/', '/media/x')),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([304, 206, 416, 401]);
  await Promise.all(answers.map((answer) => answer.arrayBuffer()));
  await until(async () => (await openings()) === 0, { what: 'closing the file' });
});

test('people who watch are never throttled', async () => {
  const small = { range: 'bytes=0-0' };
  const statuses = new Set<number>();
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => fetch(url, { headers: small })),
    );
    for (const answer of answers) {
      statuses.add(answer.status);
      await answer.arrayBuffer();
    }
  }
  expect([...statuses]).toEqual([206]);
});
