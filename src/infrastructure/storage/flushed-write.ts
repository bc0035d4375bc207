import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/** What a file is to have is gathered: to write each piece by itself costs more than to write it. */
export const WRITE_BYTES = 1024 ** 2;

/** Whoever sends little has it written all the same. */
const GATHERING_MILLISECONDS = 100;

/** So much is left at most, or nearly, for a disk to do when the last byte is there. */
const UNFLUSHED_BYTES = 64 * 1024 ** 2;

/**
 * Writes what a file is to have from an offset on, has it flushed to the disk, and closes the file, come what may.
 *
 * @returns how many bytes were written
 */
export async function writeFlushed(
  content: Readable | AsyncIterable<Buffer>,
  handle: FileHandle,
  start = 0,
): Promise<number> {
  const target = new Target(handle, start);
  try {
    for await (const piece of content as AsyncIterable<Buffer | string>) {
      await target.add(Buffer.isBuffer(piece) ? piece : Buffer.from(piece));
    }
    return (await target.end()) - start;
  } finally {
    target.forget();
    // After all that was begun with it.
    await handle.close();
  }
}

/** A file that is written from one place on. What is gathered is written while more is. */
class Target {
  private gathered: Buffer[] = [];
  private gatheredBytes = 0;
  private gathering: NodeJS.Timeout | undefined;
  private written: Promise<void> = Promise.resolve();
  private flushed: Promise<void> = Promise.resolve();
  private unflushed = 0;
  private failure: Error | undefined;

  constructor(
    private readonly handle: FileHandle,
    private position: number,
  ) {}

  /**
   * Undefined, or what to wait for before more is added.
   *
   * @throws Error when what was added before could not be written
   */
  add(piece: Buffer): Promise<void> | undefined {
    if (this.failure) throw this.failure;
    this.gathered.push(piece);
    this.gatheredBytes += piece.length;
    if (this.gatheredBytes >= WRITE_BYTES) return this.write();
    this.gathering ??= setTimeout(() => void this.write(), GATHERING_MILLISECONDS);
    return undefined;
  }

  /** Leaves unwritten what is gathered. */
  forget(): void {
    clearTimeout(this.gathering);
    this.gathering = undefined;
    this.gathered = [];
    this.gatheredBytes = 0;
  }

  /** Resolves when all is on the disk, with the place where the last piece ends. */
  async end(): Promise<number> {
    await this.write();
    await this.written;
    // The system tells of a failure once only, perhaps not at the last flush.
    await this.flushed;
    await this.handle.sync();
    return this.position;
  }

  /** Resolves when what was gathered before is written. */
  private write(): Promise<void> {
    const { gathered, gatheredBytes: bytes, position, written: before } = this;
    this.forget();
    this.position += bytes;
    this.written = before.then(() => this.writeAll(gathered, bytes, position));
    this.written.catch((error: unknown) => (this.failure = error as Error));
    return before;
  }

  private async writeAll(pieces: Buffer[], bytes: number, position: number): Promise<void> {
    if (bytes === 0) return;
    let { bytesWritten } = await this.handle.writev(pieces, position);
    // A disk that is full takes a part, and says so when it is given the rest.
    while (bytesWritten < bytes) {
      const rest = Buffer.concat(pieces).subarray(bytesWritten);
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
