import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { writeFlushed } from '../../../src/infrastructure/storage/flushed-write.js';

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

async function* slowly(chunks: Iterable<Buffer>): AsyncIterable<Buffer> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
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
  await expect(writeFlushed(broken(), handle)).rejects.toThrow('it broke off');
  expect(handle.fd).toBe(-1);
});
