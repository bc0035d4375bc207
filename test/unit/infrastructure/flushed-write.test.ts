import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeFlushed } from '../../../src/infrastructure/storage/flushed-write.js';
import { until } from '../../support/until.js';

const CHUNK_BYTES = 1024 ** 2;

let folder: string;
let file: string;
let handle: FileHandle;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-write-'));
  file = path.join(folder, 'file');
  await writeFile(file, 'before');
  handle = await open(file, 'r+');
});
afterEach(async () => {
  await handle.close();
  await rm(folder, { recursive: true });
});

/** Mebibytes that are all different. */
function* mebibytes(count: number): Iterable<Buffer> {
  for (let number = 0; number < count; number += 1) yield Buffer.alloc(CHUNK_BYTES, `${number} `);
}

async function hashOf(start: number): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { start }), hash);
  return hash.digest('hex');
}

/** Each of them later than the one before. */
function slowly(chunks: Iterable<Buffer>): Readable {
  return Readable.from(
    (async function* () {
      for (const chunk of chunks) yield await Promise.resolve(chunk);
    })(),
  );
}

test('everything is written at its offset and flushed, also while it comes in', async () => {
  const flush = jest.spyOn(handle, 'datasync');
  const wanted = createHash('sha256');
  for (const chunk of mebibytes(200)) wanted.update(chunk);
  expect(await writeFlushed(slowly(mebibytes(200)), handle, 6)).toBe(200 * CHUNK_BYTES);
  expect((await readFile(file)).subarray(0, 6).toString()).toBe('before');
  expect(await hashOf(6)).toBe(wanted.digest('hex'));
  expect(flush).toHaveBeenCalled();
  expect(handle.fd).toBe(-1);
});

test('a disk that fails while more comes in fails the write', async () => {
  jest.spyOn(handle, 'datasync').mockRejectedValue(new Error('the disk is worn'));
  await expect(writeFlushed(slowly(mebibytes(200)), handle)).rejects.toThrow('the disk is worn');
  expect(handle.fd).toBe(-1);
});

test('a source that breaks off leaves no open file', async () => {
  async function* broken(): AsyncIterable<Buffer> {
    yield* slowly(mebibytes(2));
    throw new Error('it broke off');
  }
  await expect(writeFlushed(Readable.from(broken()), handle)).rejects.toThrow('it broke off');
  expect(handle.fd).toBe(-1);
});

test('what comes slowly is written before the next piece is there', async () => {
  let next: () => void = () => undefined;
  async function* halting(): AsyncIterable<Buffer> {
    yield Buffer.from('first');
    await new Promise<void>((resolve) => (next = resolve));
    yield Buffer.from(' and last');
  }
  const writing = writeFlushed(Readable.from(halting()), handle);
  await until(async () => (await readFile(file, 'utf8')).startsWith('first'), { seconds: 60 });
  next();
  expect(await writing).toBe('first and last'.length);
  expect(await readFile(file, 'utf8')).toBe('first and last');
});

test('a disk that takes a part of what it is given is given the rest', async () => {
  const writev = handle.writev.bind(handle);
  jest.spyOn(handle, 'writev').mockImplementation(async (buffers, position) => {
    const [first = Buffer.alloc(0)] = buffers as Buffer[];
    return writev([first.subarray(0, 3)], position);
  });
  const pieces = ['some', ' bytes ', 'or other'].map((text) => Buffer.from(text));
  expect(await writeFlushed(slowly(pieces), handle)).toBe(19);
  expect(await readFile(file, 'utf8')).toBe('some bytes or other');
});

test('a failure is told at the next piece, however little has come', async () => {
  jest.spyOn(handle, 'writev').mockRejectedValue(new Error('the disk is full'));
  async function* endless(): AsyncIterable<Buffer> {
    for (;;) {
      yield Buffer.from('little');
      await sleep(20);
    }
  }
  await expect(writeFlushed(Readable.from(endless()), handle)).rejects.toThrow('the disk is full');
  expect(handle.fd).toBe(-1);
});
