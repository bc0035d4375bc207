import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';

/** Folders in use by this process, which may run more than one application. */
const inUse = new Set<string>();

/** Folders that exist only as long as the work done in them: `{root}/{host},{pid},{name}-XXXXXX`. */
@Injectable()
export class Scratch implements OnModuleInit {
  constructor(private readonly root: string) {}

  /** Removes what processes of this host left behind that were killed before they could. */
  async onModuleInit(): Promise<void> {
    const folders = await readdir(this.root).catch(() => []);
    for (const folder of folders) {
      const [host, pid] = folder.split(',');
      const file = path.join(this.root, folder);
      if (host !== hostname() || inUse.has(file) || isOther(Number(pid))) continue;
      await rm(file, { recursive: true, force: true });
    }
  }

  /** Runs `work` in an empty folder, which is gone afterwards, whatever happens. */
  async use<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(this.root, { recursive: true });
    const folder = await mkdtemp(path.join(this.root, `${hostname()},${process.pid},${name}-`));
    inUse.add(folder);
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
      inUse.delete(folder);
    }
  }
}

/** True for another process that runs; a container may be given the id of the one before it. */
function isOther(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
