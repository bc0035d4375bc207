import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HotObjects } from '../../../src/infrastructure/storage/hot-objects.js';

const MEBIBYTE = 1024 ** 2;

let folder: string;

beforeAll(async () => void (folder = await mkdtemp(path.join(tmpdir(), 'hot-objects-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Asks for an object with this content, as its reader does. */
async function ask(hot: HotObjects, key: string, content: Buffer, etag = 'one') {
  const file = path.join(folder, key);
  await writeFile(file, content);
  const handle = await open(file);
  try {
    const info = { sizeBytes: content.length, etag, modifiedAt: new Date() };
    return await hot.keep(key, info, handle);
  } finally {
    await handle.close();
  }
}

test('what is asked for a second time stays, byte for byte', async () => {
  const hot = new HotObjects();
  const segment = randomBytes(MEBIBYTE);
  expect(await ask(hot, 'segment', segment)).toBeUndefined();
  expect(hot.find('segment')).toBeUndefined();
  expect(await ask(hot, 'segment', segment)).toEqual(segment);
  expect(hot.find('segment')).toEqual({ etag: 'one', bytes: segment });
});

test('another version is asked for the first time', async () => {
  const hot = new HotObjects();
  await ask(hot, 'playlist', Buffer.from('old'), 'one');
  expect(await ask(hot, 'playlist', Buffer.from('new'), 'two')).toBeUndefined();
  expect(await ask(hot, 'playlist', Buffer.from('new'), 'two')).toEqual(Buffer.from('new'));
  expect(hot.find('playlist')?.etag).toBe('two');
});

test.each([
  ['a film', 5 * MEBIBYTE],
  ['nothing', 0],
])('%s is not kept, however often it is asked for', async (name, bytes) => {
  const hot = new HotObjects();
  const content = Buffer.alloc(bytes);
  for (let time = 0; time < 3; time += 1) {
    expect(await ask(hot, name, content)).toBeUndefined();
  }
  expect(hot.find(name)).toBeUndefined();
});

test('64 MiB are kept, and what was asked for last', async () => {
  const hot = new HotObjects();
  const segment = Buffer.alloc(4 * MEBIBYTE - 100);
  const names = Array.from({ length: 17 }, (_, number) => `${number}`);
  for (const name of [...names, ...names]) await ask(hot, name, segment);
  expect(names.filter((name) => hot.find(name) === undefined)).toEqual(['0']);
});

test('one reads it, and who asks meanwhile does not wait', async () => {
  const hot = new HotObjects();
  const segment = randomBytes(MEBIBYTE);
  await ask(hot, 'segment', segment);
  const info = { sizeBytes: segment.length, etag: 'one', modifiedAt: new Date() };
  const handles = await Promise.all([1, 2, 3].map(() => open(path.join(folder, 'segment'))));
  const answers = await Promise.all(handles.map((handle) => hot.keep('segment', info, handle)));
  expect(answers).toEqual([segment, undefined, undefined]);
  await Promise.all(handles.map((handle) => handle.close()));
});
