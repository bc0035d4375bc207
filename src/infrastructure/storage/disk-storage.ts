import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import {
  copyFile,
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  MediaStorage,
  ObjectNotFoundError,
  type ByteRange,
  type ObjectInfo,
} from '../../ports/media-storage.js';

/** Segments that may stand between slashes in a key. */
const KEY_SEGMENT = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Objects as files below one directory. Drafts lie in `.drafts` on the same file system. */
export class DiskStorage extends MediaStorage {
  private readonly drafts: string;

  constructor(private readonly root: string) {
    super();
    this.drafts = path.join(root, '.drafts');
  }

  override async write(key: string, content: Readable): Promise<number> {
    return this.viaDraft(key, async (draft) => {
      const target = createWriteStream(draft, { flush: true });
      await pipeline(content, target);
      return target.bytesWritten;
    });
  }

  override async moveIn(key: string, localPath: string): Promise<void> {
    try {
      await this.viaDraft(key, (draft) => rename(localPath, draft));
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
      await this.viaDraft(key, (draft) => copyFile(localPath, draft));
      await unlink(localPath);
    }
  }

  override async read(key: string, range?: ByteRange): Promise<Readable> {
    const handle = await this.found(key, open(this.pathOf(key)));
    return createReadStream('', { fd: handle, ...range });
  }

  override async info(key: string): Promise<ObjectInfo> {
    const stats = await this.found(key, stat(this.pathOf(key)));
    const etag = `"${stats.size.toString(36)}-${Math.trunc(stats.mtimeMs).toString(36)}"`;
    return { sizeBytes: stats.size, etag, modifiedAt: stats.mtime };
  }

  override async localCopy(key: string): Promise<string> {
    const file = this.pathOf(key);
    await this.found(key, stat(file));
    return file;
  }

  override async delete(key: string): Promise<void> {
    const file = this.pathOf(key);
    await rm(file, { force: true });
    await this.removeEmptyFolders(path.dirname(file));
  }

  override async deleteTree(prefix: string): Promise<void> {
    const folder = this.pathOf(prefix.replace(/\/$/, ''));
    await rm(folder, { recursive: true, force: true });
    await this.removeEmptyFolders(path.dirname(folder));
  }

  override async *list(prefix: string): AsyncIterable<string> {
    const folder = prefix === '' ? this.root : this.pathOf(prefix.replace(/\/$/, ''));
    for (const entry of await entriesOf(folder)) {
      if (entry.name.startsWith('.')) continue;
      if (entry.isDirectory()) yield* this.list(`${prefix}${entry.name}/`);
      else yield `${prefix}${entry.name}`;
    }
  }

  override async selfTest(): Promise<void> {
    const probe = path.join(this.drafts, randomUUID());
    await mkdir(this.drafts, { recursive: true });
    const handle = await open(probe, 'wx');
    try {
      await handle.writeFile('videoflix');
    } finally {
      await handle.close();
    }
    const content = await readFile(probe, 'utf8');
    await unlink(probe);
    if (content !== 'videoflix') throw new Error(`${this.root} does not give back what was written`);
  }

  private async viaDraft<T>(key: string, fill: (draft: string) => Promise<T>): Promise<T> {
    const file = this.pathOf(key);
    const draft = path.join(this.drafts, randomUUID());
    await mkdir(this.drafts, { recursive: true });
    try {
      const result = await fill(draft);
      await renameInto(draft, file);
      return result;
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  private pathOf(key: string): string {
    const segments = key.split('/');
    if (!segments.every((segment) => KEY_SEGMENT.test(segment))) {
      throw new ObjectNotFoundError(`not an object key: ${JSON.stringify(key)}`);
    }
    return path.join(this.root, ...segments);
  }

  private async found<T>(key: string, result: Promise<T>): Promise<T> {
    try {
      return await result;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error))) throw new ObjectNotFoundError(key);
      throw error;
    }
  }

  private async removeEmptyFolders(folder: string): Promise<void> {
    if (!folder.startsWith(this.root + path.sep)) return;
    try {
      await rmdir(folder);
    } catch (error) {
      // Not empty, or gone already.
      if (['ENOTEMPTY', 'EEXIST'].includes(codeOf(error))) return;
      if (codeOf(error) !== 'ENOENT') throw error;
    }
    await this.removeEmptyFolders(path.dirname(folder));
  }
}

/** Renames, making the folder first; a concurrent delete may take an empty folder away in between. */
async function renameInto(draft: string, file: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await mkdir(path.dirname(file), { recursive: true });
    try {
      await rename(draft, file);
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === 5) throw error;
    }
  }
}

async function entriesOf(folder: string) {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
