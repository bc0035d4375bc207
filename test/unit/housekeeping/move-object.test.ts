import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { moveObject } from '../../../src/housekeeping/move/move-object.js';
import { DiskStorage } from '../../../src/infrastructure/storage/disk-storage.js';
import { filesBelow } from '../../support/files.js';

const KEY = 'videos/film.mp4';
const CONTENT = Buffer.from('as it was given to us');

/** Keeps what it is given, but for its first bit. */
class WornDisk extends DiskStorage {
  override async write(key: string, content: Readable): Promise<number> {
    const wear = new Transform({
      transform(chunk: Buffer, _, done) {
        const [first = 0] = chunk;
        done(null, Buffer.concat([Buffer.from([first ^ 1]), chunk.subarray(1)]));
      },
    });
    content.once('error', (error) => wear.destroy(error));
    return super.write(key, content.pipe(wear));
  }
}

let folder: string;
let from: DiskStorage;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-move-'));
  from = new DiskStorage(path.join(folder, 'from'));
  await from.write(KEY, Readable.from([CONTENT]));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stillAlone = () => Promise.resolve();

test('an object goes, and lies in the new storage alone', async () => {
  const to = new DiskStorage(path.join(folder, 'to'));
  expect(await moveObject(KEY, { from, to }, stillAlone)).toBe('moved');
  expect(await buffer(await to.read(KEY))).toEqual(CONTENT);
  expect(await filesBelow(path.join(folder, 'from'))).toEqual([]);
});

test('an object that the new storage does not keep as it is stays in the old one alone', async () => {
  const to = new WornDisk(path.join(folder, 'to'));
  expect(await moveObject(KEY, { from, to }, stillAlone)).toBe('spoiled');
  expect(await buffer(await from.read(KEY))).toEqual(CONTENT);
  expect(await filesBelow(path.join(folder, 'to'))).toEqual([]);
});
