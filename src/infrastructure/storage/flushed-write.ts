import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a disk is given may run this far ahead of it: many small writes become few, and reading goes on meanwhile. */
export const WRITE_BUFFER_BYTES = 1024 ** 2;

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
  try {
    const target = handle.createWriteStream({
      ...{ start, flush: true, highWaterMark: WRITE_BUFFER_BYTES },
    });
    let flushed = 0;
    let flushing: Promise<void> | undefined;
    target.on('drain', () => {
      if (flushing || target.bytesWritten - flushed < UNFLUSHED_BYTES) return;
      flushed = target.bytesWritten;
      flushing = handle.datasync();
      flushing.then(
        () => (flushing = undefined),
        (error: unknown) => target.destroy(error as Error),
      );
    });
    await pipeline(content, target);
    // The system tells of a failure once only, perhaps not at the last flush.
    await flushing;
    return target.bytesWritten;
  } finally {
    await handle.close();
  }
}
