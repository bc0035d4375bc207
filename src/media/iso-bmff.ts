/** One box (ISO/IEC 14496-12 4.2): its four-letter type and what lies between its ends. */
export interface Box {
  type: string;
  payload: Uint8Array;
}

/**
 * The boxes that lie side by side in some bytes.
 * @throws RangeError when a box claims more bytes than there are
 */
export function boxes(bytes: Uint8Array): Box[] {
  const view = viewOf(bytes);
  const found: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const { headerBytes, totalBytes } = extent(view, at);
    if (totalBytes < headerBytes || at + totalBytes > bytes.length) {
      throw new RangeError(`A box at byte ${at} runs over the end.`);
    }
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    found.push({ type, payload: bytes.subarray(at + headerBytes, at + totalBytes) });
    at += totalBytes;
  }
  return found;
}

/** The payload reached by following types from the outermost box inwards; the first of each. */
export function boxAt(bytes: Uint8Array, path: readonly string[]): Uint8Array | undefined {
  return path.reduce<Uint8Array | undefined>(
    (inner, type) => inner && boxes(inner).find((box) => box.type === type)?.payload,
    bytes,
  );
}

/** Reads numbers of a box; big-endian, as all of ISO BMFF. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Size 1 means that a 64-bit size follows the type, size 0 that the box reaches to the end. */
function extent(view: DataView, at: number): { headerBytes: number; totalBytes: number } {
  const size = view.getUint32(at);
  if (size === 0) return { headerBytes: 8, totalBytes: view.byteLength - at };
  if (size !== 1) return { headerBytes: 8, totalBytes: size };
  return { headerBytes: 16, totalBytes: Number(view.getBigUint64(at + 8)) };
}
