import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskStorage } from '../../src/infrastructure/storage/disk-storage.js';
import { describeMediaStorage } from './media-storage.contract.js';

describe('on a disk', () => {
  const folders: string[] = [];

  afterAll(async () => {
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  describeMediaStorage('DiskStorage', async () => new DiskStorage(await newFolder()));

  test('a file moves in from another file system', async () => {
    const root = await newFolder('/dev/shm');
    const file = path.join(await newFolder(), 'segment.m4s');
    const content = randomBytes(1_000_000);
    await writeFile(file, content);
    expect((await stat(root)).dev).not.toBe((await stat(file)).dev);
    await new DiskStorage(root).moveIn('a/segment.m4s', file);
    expect((await readFile(path.join(root, 'a/segment.m4s'))).equals(content)).toBe(true);
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await readdir(path.join(root, '.drafts'))).toEqual([]);
  });

  test('a failed write leaves no draft, however early it fails', async () => {
    const root = await newFolder();
    const storage = new DiskStorage(root);
    const fail = async (afterMilliseconds: number) => {
      const content = new Readable({ read: () => undefined });
      content.push('half');
      const written = storage.write(`a/${afterMilliseconds}`, content);
      setTimeout(() => content.destroy(new Error('gone')), afterMilliseconds);
      await expect(written).rejects.toThrow('gone');
    };
    await Promise.all(Array.from({ length: 40 }, (_, i) => fail(i)));
    const failed = Readable.from([]).destroy();
    await expect(storage.write('a/b', failed)).rejects.toThrow();
    expect(await readdir(path.join(root, '.drafts'))).toEqual([]);
  });

  test('drafts of a killed process go away after a day, younger ones stay', async () => {
    const root = await newFolder();
    const draft = path.join(root, '.drafts', randomUUID());
    await mkdir(path.dirname(draft));
    await writeFile(draft, 'half');
    // An old content alone does not make an old draft.
    await utimes(draft, new Date(0), new Date(0));
    await new DiskStorage(root).selfTest();
    expect(await readdir(path.dirname(draft))).toEqual([path.basename(draft)]);
    await new DiskStorage(root, 0).selfTest();
    expect(await readdir(path.dirname(draft))).toEqual([]);
  });

  test('deleting the last object of a folder removes the folder, up to the root', async () => {
    const root = await newFolder();
    const storage = new DiskStorage(`${root}/`);
    await storage.write('a/b/c/d', Readable.from(['x']));
    await storage.write('a/e', Readable.from(['x']));
    await storage.delete('a/b/c/d');
    expect(await readdir(path.join(root, 'a'))).toEqual(['e']);
    await storage.deleteTree('a/');
    expect(await readdir(root)).toEqual(['.drafts']);
  });

  test('objects find their folders while others delete them', async () => {
    const storage = new DiskStorage(await newFolder());
    let writing = true;
    const write = async (name: string) => {
      for (let i = 0; i < 60; i += 1) {
        await storage.write(`a/b/${name}`, Readable.from(['x']));
        await storage.delete(`a/b/${name}`);
      }
    };
    const remove = async (prefix: string) => {
      while (writing) {
        await storage.deleteTree(prefix);
        await sleep(5);
      }
    };
    const removers = ['a/', 'a/', 'a/b/', 'a/b/'].map(remove);
    await Promise.all(['1', '2', '3', '4', '5', '6'].map(write)).finally(() => (writing = false));
    await Promise.all(removers);
  });

  test('a stream that is given up closes its file', async () => {
    const storage = new DiskStorage(await newFolder());
    await storage.write('a', Readable.from([randomBytes(1_000_000)]));
    const openFiles = async () => (await readdir('/proc/self/fd')).length;
    const before = await openFiles();
    for (let i = 0; i < 50; i += 1) {
      const stream = await storage.read('a');
      const closed = new Promise((resolve) => stream.once('close', resolve));
      stream.destroy();
      await closed;
      await expect(storage.read('a', { start: 5, end: 4 })).rejects.toThrow(RangeError);
    }
    expect(await openFiles()).toBeLessThan(before + 10);
  });

  test('the self-test says which folder cannot be used', async () => {
    const file = path.join(await newFolder(), 'media');
    await writeFile(file, '');
    const failure = new DiskStorage(file).selfTest();
    await expect(failure).rejects.toThrow(/media cannot keep objects: .*ENOTDIR/);
  });

  async function newFolder(below = tmpdir()): Promise<string> {
    const folder = await mkdtemp(path.join(below, 'vf-disk-'));
    folders.push(folder);
    return folder;
  }
});
