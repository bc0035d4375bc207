import type { PartSlot } from '../../ports/direct-uploads.js';

const MEBIBYTE = 1024 ** 2;

/** A file of this size and more comes in parts. */
export const PARTS_FROM_BYTES = 100 * MEBIBYTE;

/** Of every part but the last, unless there would be too many. */
const PART_BYTES = 100 * MEBIBYTE;

/** As many as S3 takes. */
export const MAX_PARTS = 10_000;

/** The size of every part of a file but the last. */
export function partBytesOf(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
}

/** The parts of a file, in their order. */
export function partsOf(sizeBytes: number): PartSlot[] {
  const partBytes = partBytesOf(sizeBytes);
  return Array.from({ length: Math.ceil(sizeBytes / partBytes) }, (_, index) => {
    const offset = index * partBytes;
    return { number: index + 1, offset, sizeBytes: Math.min(partBytes, sizeBytes - offset) };
  });
}
