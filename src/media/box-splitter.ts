import { boxHeader, viewOf } from './iso-bmff.js';

/** A box of a stream. */
export interface StreamedBox {
  type: string;
  /** All of it, with its header. */
  bytes: Uint8Array;
  payload: Uint8Array;
}

/** Large enough for the header of any box: size, type and a 64-bit size (ISO/IEC 14496-12 4.2). */
const HEADER_BYTES = 16;

/** A GOP of 2160p at the highest rate has some 50 MB: more is no stream of ours. */
const MAX_BOX_BYTES = 256 * 2 ** 20;

/** Finds the boxes in a stream that arrives in pieces. */
export class BoxSplitter {
  private pieces: Uint8Array[] = [];
  private heldBytes = 0;
  private wantedBytes = HEADER_BYTES;

  /**
   * Takes the next piece; returns the boxes it completes.
   * @throws RangeError for a box that cannot be held in memory
   */
  push(piece: Uint8Array): StreamedBox[] {
    this.pieces.push(piece);
    this.heldBytes += piece.length;
    if (this.heldBytes < this.wantedBytes) return [];
    let rest: Uint8Array = Buffer.concat(this.pieces);
    const found: StreamedBox[] = [];
    this.wantedBytes = HEADER_BYTES;
    while (rest.length >= HEADER_BYTES) {
      const { type, headerBytes, totalBytes, isEndless } = boxHeader(viewOf(rest), 0);
      // Size 0, a box that lasts as long as the stream, comes from no encoder of ours.
      if (isEndless || totalBytes < headerBytes || totalBytes > MAX_BOX_BYTES) {
        throw new RangeError(`A box ${type} of ${totalBytes} bytes in a stream.`);
      }
      if (totalBytes > rest.length) {
        this.wantedBytes = totalBytes;
        break;
      }
      const bytes = rest.subarray(0, totalBytes);
      found.push({ type, bytes, payload: bytes.subarray(headerBytes) });
      rest = rest.subarray(totalBytes);
    }
    this.pieces = [rest];
    this.heldBytes = rest.length;
    return found;
  }

  /** @throws RangeError when the stream has stopped in the middle of a box */
  end(): void {
    if (this.heldBytes > 0) throw new RangeError('A stream that stops in the middle of a box.');
  }
}
