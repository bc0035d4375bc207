import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { Scratch } from '../../../src/common/scratch.js';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'videoflix-scratch-'));
});

afterEach(() => rm(root, { recursive: true }));

describe('a scratch folder', () => {
  test('is empty, one’s own, and gone afterwards', async () => {
    const scratch = new Scratch(path.join(root, 'not', 'there', 'yet'));
    const seen = await Promise.all(
      [1, 2].map(() =>
        scratch.use('work', async (folder) => {
          expect(await readdir(folder)).toEqual([]);
          await writeFile(path.join(folder, 'file'), 'x');
          return folder;
        }),
      ),
    );
    expect(new Set(seen).size).toBe(2);
    expect(await readdir(path.join(root, 'not', 'there', 'yet'))).toEqual([]);
  });

  test('is gone when the work fails, which is told', async () => {
    const work = () => Promise.reject(new Error('no luck'));
    await expect(new Scratch(root).use('work', work)).rejects.toThrow('no luck');
    expect(await readdir(root)).toEqual([]);
  });

  test('of a process that is no more goes at the next start, and no other', async () => {
    const living = spawn('sleep', ['60']);
    const dead = spawn('true');
    await once(dead, 'exit');
    const leftover = `${hostname()},${dead.pid ?? 0},encode-abc`;
    const others = [
      `${hostname()},${living.pid ?? 0},encode-abc`,
      `elsewhere,${dead.pid ?? 0},encode-abc`,
    ];
    for (const name of [leftover, ...others]) await mkdir(path.join(root, name));
    await new Scratch(root).use('work', async (folder) => {
      await new Scratch(root).onModuleInit();
      expect((await readdir(root)).sort()).toEqual([...others, path.basename(folder)].sort());
    });
    living.kill();
  });

  test('needs no folder to start with', async () => {
    await expect(new Scratch(path.join(root, 'none')).onModuleInit()).resolves.toBeUndefined();
  });
});
