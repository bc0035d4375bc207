import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ObjectNotFoundError,
  type MediaStorage,
  type StoredObject,
} from '../../src/ports/media-storage.js';

const MEBIBYTE = 1024 ** 2;

/** Keys that could lead somewhere else, or mean different things to different storages. */
const TRICKS = {
  'an empty key': '',
  'a parent folder': '../x',
  'a parent folder further in': 'a/../../x',
  'an absolute path': '/abs',
  'an empty segment': 'a//b',
  'a dot segment': 'a/./b',
  'a closing slash': 'a/b/',
  'a hidden file': '.drafts/x',
  'a NUL': 'a/b\0c',
  'a backslash': 'a\\..\\b',
  'a line feed at the end': 'a/b\n',
  'a percent sign': 'a/%2e%2e/b',
  'a letter outside ASCII': 'a/ü',
  '2,000 characters': 'a'.repeat(2000),
  '2,000 characters in segments': 'abcd/'.repeat(400) + 'x',
};

/**
 * What every adapter of {@link MediaStorage} promises.
 *
 * @param makeStorage gives an empty storage; called once for each test
 */
export function describeMediaStorage(name: string, makeStorage: () => Promise<MediaStorage>): void {
  describe(name, () => {
    let storage: MediaStorage;
    let scratch: string;

    beforeEach(async () => {
      storage = await makeStorage();
      scratch = await mkdtemp(path.join(tmpdir(), 'vf-storage-'));
    });

    afterEach(() => rm(scratch, { recursive: true, force: true }));

    describe('writing and reading', () => {
      test.each([
        ['no bytes', 0],
        ['one byte', 1],
        ['20 MB', 20_000_000],
      ])('gives back %s', async (_, sizeBytes) => {
        const content = randomBytes(sizeBytes);
        expect(await storage.write('a/b/c.bin', chunks(content))).toBe(sizeBytes);
        expect(sha256(await bytesOf('a/b/c.bin'))).toBe(sha256(content));
        expect((await storage.info('a/b/c.bin')).sizeBytes).toBe(sizeBytes);
      });

      test('gives back 100 MB that nobody holds in memory', async () => {
        const [sent, received] = [createHash('sha256'), createHash('sha256')];
        const content = Readable.from(
          (function* () {
            for (let i = 0; i < 100; i += 1) {
              const piece = randomBytes(1_000_000);
              sent.update(piece);
              yield piece;
            }
          })(),
        );
        expect(await storage.write('a/large.bin', content)).toBe(100_000_000);
        for await (const piece of await storage.read('a/large.bin')) received.update(piece);
        expect(received.digest('hex')).toBe(sent.digest('hex'));
      });

      test('gives back the same again and again, whole and in part, until it is written anew', async () => {
        const content = randomBytes(100_000);
        await put('a/segment.m4s', content);
        for (let time = 0; time < 4; time += 1) {
          expect(await bytesOf('a/segment.m4s')).toEqual(content);
          const part = await storage.read('a/segment.m4s', { start: 10, end: 99_998 });
          expect(await buffer(part)).toEqual(content.subarray(10, 99_999));
        }
        await put('a/segment.m4s', 'new');
        expect((await bytesOf('a/segment.m4s')).toString()).toBe('new');
        await storage.delete('a/segment.m4s');
        await expect(storage.read('a/segment.m4s')).rejects.toThrow(ObjectNotFoundError);
      });

      test('counts text in bytes', async () => {
        expect(await storage.write('list.m3u8', Readable.from(['#EXTM3U\n', 'ü\n']))).toBe(11);
        expect((await bytesOf('list.m3u8')).toString()).toBe('#EXTM3U\nü\n');
      });

      test('tags an object as HTTP does, and anew whenever it is written', async () => {
        const startedAt = Date.now();
        await put('a', 'one');
        const before = await storage.info('a');
        await put('a', 'two');
        const after = await storage.info('a');
        expect(before.etag).toMatch(/^"[^"]+"$/);
        expect(after.etag).not.toBe(before.etag);
        expect(Math.abs(after.modifiedAt.getTime() - startedAt)).toBeLessThan(60_000);
      });

      test('shows a reader either the old object or the new one, whole', async () => {
        const version = (letter: string) => Buffer.alloc(MEBIBYTE, letter);
        await put('a', version('0'));
        let overwriting = true;
        const overwrite = async () => {
          for (const letter of '123456789') await storage.write('a', chunks(version(letter)));
          overwriting = false;
        };
        const watch = async () => {
          do {
            const seen = await bytesOf('a');
            expect(seen.equals(version(String.fromCharCode(seen[0] ?? 0)))).toBe(true);
          } while (overwriting);
        };
        await Promise.all([overwrite(), watch(), watch()]);
        expect((await bytesOf('a'))[0]).toBe('9'.charCodeAt(0));
      });

      test('goes on giving a slow reader the object it began with', async () => {
        const content = randomBytes(4 * MEBIBYTE);
        await put('a', content);
        const reader = await storage.read('a');
        await put('a', 'new');
        expect((await buffer(reader)).equals(content)).toBe(true);
        expect((await bytesOf('a')).toString()).toBe('new');
      });

      test('takes 50 objects at once', async () => {
        const contents = Array.from({ length: 50 }, () => randomBytes(100_000));
        await Promise.all(contents.map((content, i) => put(`many/${i % 5}/${i}`, content)));
        const stored = await Promise.all(contents.map((_, i) => bytesOf(`many/${i % 5}/${i}`)));
        expect(stored.map(sha256)).toEqual(contents.map(sha256));
        expect(await keys('many/')).toHaveLength(50);
      });

      test('keeps one of the objects that come under one key at once', async () => {
        const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
        await Promise.all(letters.map((letter) => put('same', letter.repeat(1000))));
        const content = (await bytesOf('same')).toString();
        expect(letters.map((letter) => letter.repeat(1000))).toContain(content);
      });
    });

    test('objects of several parts that come under one key at once stay apart', async () => {
      const contents = ['a', 'b', 'c'].map((letter) => Buffer.alloc(17 * MEBIBYTE, letter));
      await Promise.all(contents.map((content) => storage.write('same', chunks(content))));
      const stored = sha256(await bytesOf('same'));
      expect(contents.map(sha256)).toContain(stored);
      expect(await keys('')).toEqual(['same']);
    });

    describe('a source that fails', () => {
      test.each([
        ['early', 1],
        ['after 20 MB', 20],
      ])('%s leaves nothing', async (_, mebibytes) => {
        await expect(storage.write('a/b', failing(mebibytes))).rejects.toThrow('source is gone');
        expect(await keys('')).toEqual([]);
        await expect(storage.info('a/b')).rejects.toThrow(ObjectNotFoundError);
      });

      test('leaves the object that was there before', async () => {
        await put('a/b', 'before');
        await expect(storage.write('a/b', failing(20))).rejects.toThrow('source is gone');
        expect((await bytesOf('a/b')).toString()).toBe('before');
      });

      test('before anybody reads it, is told like any other', async () => {
        const content = new Readable({ read: () => undefined });
        const written = storage.write('a', content);
        content.destroy(new Error('source is gone'));
        await expect(written).rejects.toThrow('source is gone');
        expect(await keys('')).toEqual([]);
      });

      test('without saying why, is no end of the object', async () => {
        const content = new Readable({ read: () => undefined });
        content.push('half');
        const written = storage.write('a', content);
        await sleep(50);
        content.destroy();
        await expect(written).rejects.toThrow();
        expect(await keys('')).toEqual([]);
      });
    });

    describe('ranges', () => {
      beforeEach(() => put('a', '0123456789'));

      test.each([
        ['the first byte', 0, 0, '0'],
        ['bytes in the middle', 3, 6, '3456'],
        ['the last byte', 9, 9, '9'],
        ['everything', 0, 9, '0123456789'],
        ['more than there is', 8, 99, '89'],
      ])('give %s', async (_, start, end, expected) => {
        expect((await buffer(await storage.read('a', { start, end }))).toString()).toBe(expected);
      });

      test('reach over the joints of parts', async () => {
        const content = randomBytes(17 * MEBIBYTE);
        await storage.write('parts', chunks(content));
        for (const start of [0, 5 * MEBIBYTE - 1, 5 * MEBIBYTE, 15 * MEBIBYTE - 2]) {
          for (const end of [start, start + 1, start + 70_000, content.length - 1]) {
            const part = await buffer(await storage.read('parts', { start, end }));
            expect(part.equals(content.subarray(start, end + 1))).toBe(true);
          }
        }
      });

      test('are refused of an object without bytes', async () => {
        await put('empty', '');
        await expect(storage.read('empty', { start: 0, end: 0 })).rejects.toThrow(RangeError);
      });

      test.each([
        ['after the end', 10, 12],
        ['right after the end', 10, 10],
        ['backwards', 5, 4],
      ])('are refused %s', async (_, start, end) => {
        await expect(storage.read('a', { start, end })).rejects.toThrow(RangeError);
      });
    });

    describe('keys', () => {
      test('that nobody wrote are not found', async () => {
        await put('a/b', 'x');
        for (const key of ['missing', 'a', 'a/c', 'a/b/c', 'x/y/z']) {
          await expect(storage.read(key)).rejects.toThrow(ObjectNotFoundError);
          await expect(storage.read(key, { start: 0, end: 1 })).rejects.toThrow(
            ObjectNotFoundError,
          );
          await expect(storage.info(key)).rejects.toThrow(ObjectNotFoundError);
          await expect(storage.localCopy(key, scratch)).rejects.toThrow(ObjectNotFoundError);
        }
        expect(await readdir(scratch)).toEqual([]);
      });

      test('may be as long as S3 has them', async () => {
        const folders = `${'d'.repeat(255)}/`.repeat(3) + `${'e'.repeat(127)}/`;
        const key = `${folders}${'f'.repeat(124)}.mp4`;
        expect(key).toHaveLength(1024);
        await put(key, 'x');
        expect((await bytesOf(key)).toString()).toBe('x');
        expect(await keys(folders)).toEqual([key]);
        await expect(storage.info(`${key}4`)).rejects.toThrow(ObjectNotFoundError);
        await storage.delete(key);
        expect(await keys('')).toEqual([]);
      });

      test.each(Object.entries(TRICKS))('with %s are refused', async (_, key) => {
        const file = path.join(scratch, 'file');
        await writeFile(file, 'x');
        const refused = { name: 'ObjectNotFoundError' };
        await expect(storage.write(key, Readable.from(['x']))).rejects.toMatchObject(refused);
        await expect(storage.moveIn(key, file)).rejects.toMatchObject(refused);
        await expect(storage.read(key)).rejects.toMatchObject(refused);
        await expect(storage.info(key)).rejects.toMatchObject(refused);
        await expect(storage.localCopy(key, scratch)).rejects.toMatchObject(refused);
        await expect(storage.delete(key)).rejects.toMatchObject(refused);
        await access(file);
        expect(await keys('')).toEqual([]);
      });

      test.each(['', 'a', '/', '../', 'a//', 'a/../', '.drafts/'])(
        'are not deleted below %j',
        async (prefix) => {
          await put('a/b', 'x');
          await expect(storage.deleteTree(prefix)).rejects.toThrow(RangeError);
          expect(await keys('')).toEqual(['a/b']);
        },
      );
    });

    describe('deleting', () => {
      test('can be repeated', async () => {
        await put('a/b', 'x');
        await storage.delete('a/b');
        await storage.delete('a/b');
        await storage.delete('never/was');
        await storage.deleteTree('never/was/');
        await expect(storage.read('a/b')).rejects.toThrow(ObjectNotFoundError);
        expect(await keys('')).toEqual([]);
      });

      test('takes objects only', async () => {
        await put('a/b/c', 'x');
        await storage.delete('a');
        await storage.delete('a/b');
        await storage.delete('a/b/c/d');
        await storage.deleteTree('a/b/c/');
        expect(await keys('')).toEqual(['a/b/c']);
      });

      test('a tree takes what is under its prefix and nothing else', async () => {
        for (const key of ['a/b/1', 'a/b/c/2', 'a/b/c/d/3', 'a/bc/x', 'a/b.x', 'b/1']) {
          await put(key, key);
        }
        await storage.deleteTree('a/b/');
        expect(await keys('')).toEqual(['a/b.x', 'a/bc/x', 'b/1']);
        await put('a/b/1', 'again');
        expect(await keys('a/b/')).toEqual(['a/b/1']);
      });

      test('next to writing loses no object', async () => {
        const rounds = Array.from({ length: 20 }, async (_, i) => {
          await put(`race/kept/${i}`, 'x');
          await put(`race/gone/${i}`, 'x');
          await storage.delete(`race/gone/${i}`);
        });
        const trees = Array.from({ length: 20 }, () => storage.deleteTree('race/other/'));
        const others = Array.from({ length: 20 }, (_, i) => put(`race/other/${i}`, 'x'));
        await Promise.all([...rounds, ...trees, ...others]);
        expect(await keys('race/kept/')).toHaveLength(20);
        expect(await keys('race/gone/')).toEqual([]);
      });
    });

    describe('listing', () => {
      test('names every object under a prefix', async () => {
        for (const key of ['v/1/a.mp4', 'v/1/x/b.mp4', 'v/10/c.mp4', 'u/d.mp4'])
          await put(key, key);
        expect(await keys('v/1/')).toEqual(['v/1/a.mp4', 'v/1/x/b.mp4']);
        expect(await keys('v/')).toEqual(['v/1/a.mp4', 'v/1/x/b.mp4', 'v/10/c.mp4']);
        expect(await keys('')).toHaveLength(4);
      });

      test('names, and deleting takes, more than fits on a page', async () => {
        await put('other', 'x');
        for (let batch = 0; batch < 21; batch += 1) {
          await Promise.all(Array.from({ length: 50 }, (_, i) => put(`tree/${batch}/${i}`, 'x')));
        }
        expect(new Set(await keys('tree/')).size).toBe(1050);
        await storage.deleteTree('tree/');
        expect(await keys('')).toEqual(['other']);
      });

      test('and deleting reach objects of every kind below one prefix', async () => {
        const kinds = ['source.mp4', 'v720p/index.m3u8', 'poster.jpg'];
        for (const root of ['uploads/users/1/videos/', 'uploads/users/1/thumbnails/', 'videos/1/'])
          for (const kind of kinds) await put(root + kind, root + kind);
        expect(await keys('videos/1/')).toEqual(kinds.map((kind) => `videos/1/${kind}`).sort());
        expect(await keys('uploads/')).toHaveLength(6);
        expect(await keys('')).toHaveLength(9);
        for (const key of await keys('')) expect((await bytesOf(key)).toString()).toBe(key);
        await storage.deleteTree('videos/1/');
        expect(await keys('')).toEqual(await keys('uploads/'));
        await storage.deleteTree('uploads/users/1/');
        expect(await keys('')).toEqual([]);
      });

      test('tells size and age of each object', async () => {
        const startedAt = Date.now();
        await put('v/1/a.mp4', randomBytes(1234));
        await put('v/2/b.mp4', '');
        await put('u/c.mp4', 'x');
        const found: StoredObject[] = [];
        for await (const entry of storage.entries('v/')) found.push(entry);
        const sizes = found.map(({ key, sizeBytes }) => [key, sizeBytes]).sort();
        expect(sizes).toEqual([
          ['v/1/a.mp4', 1234],
          ['v/2/b.mp4', 0],
        ]);
        for (const { modifiedAt } of found) {
          expect(Math.abs(modifiedAt.getTime() - startedAt)).toBeLessThan(60_000);
        }
      });

      test('may be given up, and objects deleted while it goes on', async () => {
        for (let at = 0; at < 30; at += 1) await put(`many/${at}/a`, 'x');
        for await (const key of storage.list('many/')) {
          expect(key).toMatch(/^many/);
          break;
        }
        for await (const { key } of storage.entries('')) await storage.delete(key);
        expect(await keys('')).toEqual([]);
      });

      test('finds nothing where nothing is', async () => {
        await put('a/b', 'x');
        expect(await keys('missing/')).toEqual([]);
        expect(await keys('a/b/')).toEqual([]);
      });
    });

    describe('local files', () => {
      test('move in', async () => {
        const file = path.join(scratch, 'segment.m4s');
        const content = randomBytes(9 * MEBIBYTE);
        await writeFile(file, content);
        await put('a/segment.m4s', 'before');
        await storage.moveIn('a/segment.m4s', file);
        expect((await bytesOf('a/segment.m4s')).equals(content)).toBe(true);
        await expect(access(file)).rejects.toMatchObject({ code: 'ENOENT' });
      });

      test('that are not there do not', async () => {
        await put('a', 'before');
        const missing = storage.moveIn('a', path.join(scratch, 'missing'));
        await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
        expect((await bytesOf('a')).toString()).toBe('before');
      });

      test('come from objects with the same bytes', async () => {
        const content = randomBytes(9 * MEBIBYTE);
        await put('a/source.mp4', content);
        const copies = await Promise.all([
          storage.localCopy('a/source.mp4', scratch),
          storage.localCopy('a/source.mp4', scratch),
        ]);
        for (const copy of copies) {
          expect(path.extname(copy)).toBe('.mp4');
          expect((await readFile(copy)).equals(content)).toBe(true);
        }
        expect((await readdir(scratch)).filter((name) => name.endsWith('.part'))).toEqual([]);
      });
    });

    test('an unread stream can be given up', async () => {
      await put('a', randomBytes(4 * MEBIBYTE));
      const stream = await storage.read('a');
      const closed = new Promise((resolve) => stream.once('close', resolve));
      stream.destroy();
      await closed;
      expect((await bytesOf('a')).length).toBe(4 * MEBIBYTE);
    });

    test('the self-test passes, repeatedly, and leaves nothing', async () => {
      await storage.selfTest();
      await Promise.all([storage.selfTest(), storage.selfTest()]);
      expect(await keys('')).toEqual([]);
    });

    async function put(key: string, content: string | Buffer): Promise<void> {
      await storage.write(key, Readable.from([Buffer.from(content)]));
    }

    async function bytesOf(key: string): Promise<Buffer> {
      return buffer(await storage.read(key));
    }

    async function keys(prefix: string): Promise<string[]> {
      const found: string[] = [];
      for await (const key of storage.list(prefix)) found.push(key);
      return found.sort();
    }
  });
}

/** Arrives as from a network: in pieces that fit no boundary. */
function chunks(content: Buffer): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += 65_521)
    pieces.push(content.subarray(at, at + 65_521));
  return Readable.from(pieces);
}

function failing(afterMebibytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let sent = 0; sent < afterMebibytes; sent += 1) yield Buffer.alloc(MEBIBYTE);
      throw new Error('the source is gone');
    })(),
  );
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
