import { constants } from 'node:fs';
import { mkdir, open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';
import {
  ResumableUploads,
  UploadGoneError,
  type ResumableUpload,
} from '../../ports/resumable-uploads.js';
import { writeFlushed } from './flushed-write.js';
import { codeOf, IncomingFolder } from './incoming-folder.js';

/** Of the file in the folder of a key. */
const FILE = 'resumable';

/**
 * A file that grows: its length is what is there. The system writes what a killed process had given it,
 * and a file system grows a file only by bytes that it has.
 */
export class DiskResumableUploads extends ResumableUploads {
  private readonly incoming: IncomingFolder;

  constructor(root: string) {
    super();
    this.incoming = new IncomingFolder(root);
  }

  override async begin(key: string): Promise<null> {
    const handle = await this.open(key, constants.O_CREAT);
    await handle.close();
    return null;
  }

  override async offset({ key }: ResumableUpload): Promise<number> {
    return (
      (await sizeOf(this.fileOf(key))) ?? (await sizeOf(this.incoming.placeOf(key))) ?? gone(key)
    );
  }

  override async append(
    { key }: ResumableUpload,
    offset: number,
    content: Readable,
  ): Promise<number> {
    const handle = await this.open(key).catch(toGone(key));
    try {
      const { size } = await handle.stat();
      if (size !== offset) {
        throw new DomainError('upload.offset_mismatch', `${size} bytes are here.`);
      }
      return offset + (await writeFlushed(content, handle, offset));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  override async complete({ key }: ResumableUpload): Promise<void> {
    const handle = await this.open(key).catch(toGone(key));
    try {
      // A process that was killed has flushed nothing.
      await handle.sync();
    } finally {
      await handle.close();
    }
    await this.incoming.place(key, this.fileOf(key));
  }

  override async discard({ key }: ResumableUpload): Promise<void> {
    await this.incoming.discard(key);
  }

  private async open(key: string, flags = 0): Promise<FileHandle> {
    const file = this.fileOf(key);
    if (flags !== 0) await mkdir(path.dirname(file), { recursive: true });
    return open(file, constants.O_RDWR | flags);
  }

  private fileOf(key: string): string {
    return this.incoming.folderOf(key, FILE);
  }
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function gone(key: string): never {
  throw new UploadGoneError(key);
}

function toGone(key: string): (error: unknown) => never {
  return (error) => {
    throw codeOf(error) === 'ENOENT' ? new UploadGoneError(key, { cause: error }) : error;
  };
}
