import { randomUUID } from 'node:crypto';
import { createReadStream, type BigIntStats, type Dirent } from 'node:fs';
import {
  mkdir,
  open,
  opendir,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  type FileHandle,
} from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  MediaStorage,
  ObjectNotFoundError,
  type ByteRange,
  type ObjectInfo,
  type OpenedObject,
  type StoredObject,
} from '../../ports/media-storage.js';
import { writeFlushed } from './flushed-write.js';
import { HotObjects } from './hot-objects.js';
import { checkKey, checkPrefix, isObjectKey } from './object-key.js';
import { probeStorage } from './probe-storage.js';
import { withSource } from './source-stream.js';

/** Long after the slowest upload has touched its draft. */
const ABANDONED_AFTER_HOURS = 24;

/** A segment in a few reads; twice as much is what a reader who is slow costs. */
const READ_BYTES = 256 * 1024;

/** Other calls may remove an empty folder between its making and its use. */
const RENAME_ATTEMPTS = 20;

/**
 * Objects as files below one directory, which must be one file system. What is not yet, or no
 * longer, an object lies in `.drafts`. An object survives a power cut once it has been stored.
 */
export class DiskStorage extends MediaStorage {
  private readonly root: string;
  private readonly drafts: string;
  private readonly hot = new HotObjects();
  private swept = false;

  /** @param abandonedAfterHours age of drafts that are taken for those of killed processes */
  constructor(
    root: string,
    private readonly abandonedAfterHours = ABANDONED_AFTER_HOURS,
  ) {
    super();
    this.root = path.resolve(root);
    this.drafts = path.join(this.root, '.drafts');
  }

  override async write(key: string, content: Readable): Promise<number> {
    return withSource(content, async () => {
      const file = this.pathOf(key);
      const draft = await this.newDraft();
      try {
        // Opened before the content flows: a source that fails at once must find a draft to remove.
        const handle = await open(draft, 'wx');
        const sizeBytes = await writeFlushed(content, handle);
        await putInPlace(draft, file);
        return sizeBytes;
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    });
  }

  override async moveIn(key: string, localPath: string): Promise<void> {
    const file = this.pathOf(key);
    await flush(localPath);
    try {
      await putInPlace(localPath, file);
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw error;
      await this.write(key, createReadStream(localPath));
      await unlink(localPath);
    }
  }

  override async read(key: string, range?: ByteRange): Promise<Readable> {
    const object = await this.open(key);
    try {
      if (range && (range.start > range.end || range.start >= object.sizeBytes)) {
        throw new RangeError(`${key} has no bytes ${range.start}-${range.end}`);
      }
      return await object.read(range);
    } catch (error) {
      await object.close();
      throw error;
    }
  }

  override async info(key: string): Promise<ObjectInfo> {
    const stats = await found(key, stat(this.pathOf(key), { bigint: true }));
    return infoOf(key, stats);
  }

  override async open(key: string): Promise<OpenedObject> {
    const hot = this.hot.find(key);
    if (hot) {
      const info = await this.info(key);
      if (info.etag === hot.etag) return inMemory(info, hot.bytes);
    }
    const handle = await found(key, open(this.pathOf(key)));
    try {
      const info = infoOf(key, await handle.stat({ bigint: true }));
      const bytes = await this.hot.keep(key, info, handle);
      if (bytes) {
        await handle.close();
        return inMemory(info, bytes);
      }
      const read = (range?: ByteRange) => Promise.resolve(contentOf(handle, info, range));
      return { ...info, read, close: () => handle.close() };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  override async localCopy(key: string): Promise<string> {
    await this.info(key);
    return this.pathOf(key);
  }

  override async delete(key: string): Promise<void> {
    const file = this.pathOf(key);
    try {
      await unlink(file);
    } catch (error) {
      if (!isAbsence(error)) throw error;
    }
    await this.removeEmptyFolders(path.dirname(file));
  }

  /** Takes the folder away in one step: what is written meanwhile goes with it or to a new one. */
  override async deleteTree(prefix: string): Promise<void> {
    const folder = this.folderOf(prefix);
    const doomed = await this.newDraft();
    try {
      await rename(folder, doomed);
    } catch (error) {
      if (!isAbsence(error)) throw error;
    }
    // A file that was on its way into the folder can still arrive: ENOTEMPTY.
    await rm(doomed, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
    await this.removeEmptyFolders(path.dirname(folder));
  }

  override async *list(prefix: string): AsyncIterable<string> {
    for await (const entry of filesIn(prefix === '' ? this.root : this.folderOf(prefix))) {
      const key = prefix + entry.name;
      // Such as `.drafts` and `lost+found`.
      if (!isObjectKey(key)) continue;
      if (entry.isDirectory()) yield* this.list(`${key}/`);
      else yield key;
    }
  }

  override async *entries(prefix: string): AsyncIterable<StoredObject> {
    for await (const key of this.list(prefix)) {
      const stats = await unlessAbsent(stat(this.pathOf(key)));
      if (stats?.isFile()) yield { key, sizeBytes: stats.size, modifiedAt: stats.mtime };
    }
  }

  override async selfTest(): Promise<void> {
    try {
      await probeStorage(this);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.root} cannot keep objects: ${reason}`, { cause: error });
    }
  }

  private async newDraft(): Promise<string> {
    await mkdir(this.drafts, { recursive: true });
    if (!this.swept) {
      this.swept = true;
      await this.sweepDrafts();
    }
    return path.join(this.drafts, randomUUID());
  }

  /** Removes what processes left that were killed. */
  private async sweepDrafts(): Promise<void> {
    for (const name of (await unlessAbsent(readdir(this.drafts))) ?? []) {
      const draft = path.join(this.drafts, name);
      const stats = await stat(draft).catch(() => undefined);
      // The time of the last change, not of the content: a file that was moved in may be old.
      if (!stats || Date.now() - stats.ctimeMs < this.abandonedAfterHours * 3_600_000) continue;
      await rm(draft, { recursive: true, force: true });
    }
  }

  private pathOf(key: string): string {
    checkKey(key);
    return path.join(this.root, key);
  }

  /** Ends in a slash, with which the system takes it for nothing but a folder. */
  private folderOf(prefix: string): string {
    checkPrefix(prefix);
    return path.join(this.root, prefix);
  }

  /** Upwards, as far as that goes: one that is in use, or a mount, stays. */
  private async removeEmptyFolders(folder: string): Promise<void> {
    if (!folder.startsWith(this.root + path.sep)) return;
    try {
      await rmdir(folder);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') return;
    }
    await this.removeEmptyFolders(path.dirname(folder));
  }
}

/** @throws ObjectNotFoundError when it is no file */
function infoOf(key: string, stats: BigIntStats): ObjectInfo {
  if (!stats.isFile()) throw new ObjectNotFoundError(key);
  const { size, ino, mtimeNs, mtime } = stats;
  // Every write makes a new file, so two of the same size and instant still differ in the inode.
  const etag = [size, ino, mtimeNs].map((part) => part.toString(36)).join('-');
  return { sizeBytes: Number(size), etag: `"${etag}"`, modifiedAt: mtime };
}

function inMemory(info: ObjectInfo, bytes: Buffer): OpenedObject {
  const read = ({ start, end }: ByteRange = { start: 0, end: bytes.length - 1 }) => {
    return Promise.resolve(Readable.from([bytes.subarray(start, end + 1)]));
  };
  return { ...info, read, close: () => Promise.resolve() };
}

/** Closes the file when it ends and when it is destroyed. */
function contentOf(handle: FileHandle, { sizeBytes }: ObjectInfo, range?: ByteRange): Readable {
  // With the end known, nothing is read in vain to find it; an empty file has none.
  const whole = sizeBytes === 0 ? {} : { start: 0, end: sizeBytes - 1 };
  return handle.createReadStream({ ...(range ?? whole), highWaterMark: READ_BYTES });
}

/** Renames a flushed file; both its bytes and its name then outlive a power cut. */
async function putInPlace(from: string, file: string): Promise<void> {
  const folder = path.dirname(file);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await mkdir(folder, { recursive: true });
      await rename(from, file);
      break;
    } catch (error) {
      // A folder that vanishes under a recursive mkdir can be told as ENOTDIR.
      if (!isAbsence(error) || attempt === RENAME_ATTEMPTS) throw error;
      await sleep(attempt);
    }
  }
  try {
    await flush(folder);
  } catch (error) {
    // Deleted again already, or a file system that does not flush folders.
    if (!['ENOENT', 'EINVAL', 'ENOTSUP'].includes(codeOf(error))) throw error;
  }
}

async function flush(fileOrFolder: string): Promise<void> {
  const handle = await open(fileOrFolder);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function found<T>(key: string, result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (isAbsence(error)) throw new ObjectNotFoundError(key, { cause: error });
    throw error;
  }
}

/** Read a part at a time: a folder may hold a million others. */
async function* filesIn(folder: string): AsyncIterable<Dirent> {
  const entries = await unlessAbsent(opendir(folder, { bufferSize: 256 }));
  if (entries) yield* entries;
}

async function unlessAbsent<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Nothing there, or something that is no file. */
function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error));
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
