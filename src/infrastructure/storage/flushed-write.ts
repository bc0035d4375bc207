import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { gathered } from './gathered.js';

/** So much is left at most, or nearly, for a disk to do when the last byte is there. */
const UNFLUSHED_BYTES = 64 * 1024 ** 2;

/**
 * Writes what a file is to have from an offset on, has it flushed to the disk, and closes the file, come what may.
 *
 * @returns how many bytes were written
 */
export async function writeFlushed(
  content: Readable,
  handle: FileHandle,
  start = 0,
): Promise<number> {
  const target = new Target(handle, start);
  try {
    for await (const chunks of gathered(content)) await target.add(chunks);
    return (await target.end()) - start;
  } finally {
    // After all that was begun with it.
    await handle.close();
  }
}

/** A file that is written from one place on. What was added is written while more is made ready. */
class Target {
  private written: Promise<void> = Promise.resolve();
  private flushed: Promise<void> = Promise.resolve();
  private unflushed = 0;

  constructor(
    private readonly handle: FileHandle,
    private position: number,
  ) {}

  /** Resolves when what was added before is written. */
  add(chunks: Buffer[]): Promise<void> {
    const { position, written: before } = this;
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    this.position += bytes;
    this.written = before.then(() => this.write(chunks, bytes, position));
    // Told when more is added, or at the end.
    this.written.catch(() => undefined);
    return before;
  }

  /** Resolves when all is on the disk, with the place where it ends. */
  async end(): Promise<number> {
    await this.written;
    // The system tells of a failure once only, perhaps not at the last flush.
    await this.flushed;
    await this.handle.sync();
    return this.position;
  }

  private async write(chunks: Buffer[], bytes: number, position: number): Promise<void> {
    let { bytesWritten } = await this.handle.writev(chunks, position);
    // A disk that is full takes a part, and says so when it is given the rest.
    while (bytesWritten < bytes) {
      const rest = Buffer.concat(chunks).subarray(bytesWritten);
      bytesWritten += (await this.handle.write(rest, 0, rest.length, position + bytesWritten))
        .bytesWritten;
    }
    this.unflushed += bytes;
    if (this.unflushed < UNFLUSHED_BYTES) return;
    await this.flushed;
    this.unflushed = 0;
    this.flushed = this.handle.datasync();
    this.flushed.catch(() => undefined);
  }
}
