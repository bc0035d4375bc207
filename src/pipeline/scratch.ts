import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';

/** Folders that exist only as long as the work done in them. */
export class Scratch {
  constructor(private readonly root: string) {}

  /** Runs `work` in an empty folder, which is gone afterwards, whatever happens. */
  async use<T>(name: string, work: (folder: string) => Promise<T>): Promise<T> {
    await mkdir(this.root, { recursive: true });
    const folder = await mkdtemp(path.join(this.root, `${name}-`));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
