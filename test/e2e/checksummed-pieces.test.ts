import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { startApp, type TestApp } from '../support/app.js';
import { filesBelow } from '../support/files.js';
import { makePerson } from '../support/people.js';
import { TusClient } from '../support/tus.js';
import { until } from '../support/until.js';

const MEBIBYTE = 1024 ** 2;
const MOST_BYTES = 64 * MEBIBYTE;

const BYTES = Buffer.alloc(MOST_BYTES + 1, 'a film');

let app: TestApp;
let tus: TusClient;

beforeAll(async () => {
  app = await startApp({ ROLES: 'api' });
  tus = new TusClient((await makePerson(app)).client);
});
afterAll(() => app.close());

const checksumOf = (bytes: Buffer) => ({
  'upload-checksum': `sha1 ${createHash('sha1').update(bytes).digest('base64')}`,
});

/** What waits to be compared, by the names of its files. */
const waiting = () => filesBelow(path.join(app.dataDir, 'scratch'));

test('one of 64 MiB is taken, one more byte is not, and none of that is kept', async () => {
  const url = await tus.create(2 * MOST_BYTES);
  const whole = BYTES.subarray(0, MOST_BYTES);
  const tooMuch = await tus.patch(url, 0, BYTES, checksumOf(BYTES));
  expect([tooMuch.status, tooMuch.problem]).toMatchObject([
    413,
    { code: 'request.too_large', detail: expect.stringContaining('64 MiB') as string },
  ]);
  expect(await tus.offset(url)).toBe(0);
  expect((await tus.patch(url, 0, whole, checksumOf(whole))).status).toBe(204);
  expect(await tus.offset(url)).toBe(MOST_BYTES);
  expect(await waiting()).toEqual([]);
});

test('a length that is too large is refused before any byte is sent, also with a new upload', async () => {
  const url = await tus.create(2 * MOST_BYTES);
  const headers = { 'content-length': MOST_BYTES + 1, ...checksumOf(BYTES) };
  const { sent, answer } = tus.begin(url, 0, headers);
  sent.flushHeaders();
  expect(await answer).toMatchObject({ status: 413, problem: { code: 'request.too_large' } });
  sent.destroy();
  const withBytes = await tus.tryCreate(2 * MOST_BYTES, {}, checksumOf(BYTES), BYTES);
  expect(withBytes).toMatchObject({ status: 413, problem: { code: 'request.too_large' } });
  expect(await tus.offset(url)).toBe(0);
});

test('bytes whose length was not announced are refused as soon as they are too many', async () => {
  const url = await tus.create(2 * MOST_BYTES);
  const { sent, answer } = tus.begin(url, 0, {
    'transfer-encoding': 'chunked',
    ...checksumOf(BYTES),
  });
  sent.end(BYTES);
  expect(await answer).toMatchObject({ status: 413, problem: { code: 'request.too_large' } });
  expect(await tus.offset(url)).toBe(0);
  expect(await waiting()).toEqual([]);
});

test('more than is missing of the file is told as such', async () => {
  const url = await tus.create(10);
  const { sent, answer } = tus.begin(url, 0, {
    'transfer-encoding': 'chunked',
    ...checksumOf(BYTES),
  });
  sent.end(BYTES.subarray(0, 11));
  expect(await answer).toMatchObject({ status: 413, problem: { code: 'upload.too_large' } });
  expect(await waiting()).toEqual([]);
});

test('it waits in the data folder, and goes when it is another one or breaks off', async () => {
  const url = await tus.create(MEBIBYTE);
  const piece = BYTES.subarray(0, MEBIBYTE);
  const { sent } = tus.begin(url, 0, { 'content-length': MEBIBYTE, ...checksumOf(piece) });
  sent.write(piece.subarray(1));
  await until(async () => (await waiting()).length === 1);
  expect(await readdir(path.join(app.dataDir, 'scratch'))).toEqual([
    expect.stringMatching(new RegExp(`,${process.pid},piece-`)) as string,
  ]);
  sent.destroy();
  await until(async () => (await waiting()).length === 0);
  const other = await tus.patch(url, 0, piece, checksumOf(BYTES));
  expect([other.status, other.problem?.code]).toEqual([460, 'upload.checksum_mismatch']);
  expect(await waiting()).toEqual([]);
  expect(await tus.offset(url)).toBe(0);
});
