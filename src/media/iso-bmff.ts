/** One box (ISO/IEC 14496-12 4.2): its four-letter type and what lies between its ends. */
export interface Box {
  type: string;
  payload: Uint8Array;
}

/** No file has more of them side by side, unless it was made to fill our memory. */
const MAX_BOXES = 10_000;

/**
 * The boxes that lie side by side in some bytes.
 * @throws RangeError when a box claims more bytes than there are, or when there are too many
 */
export function boxes(bytes: Uint8Array): Box[] {
  const view = viewOf(bytes);
  const found: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const { type, headerBytes, totalBytes } = boxHeader(view, at);
    if (totalBytes < headerBytes || at + totalBytes > bytes.length) {
      throw new RangeError(`A box at byte ${at} runs over the end.`);
    }
    if (found.length === MAX_BOXES) throw new RangeError(`More than ${MAX_BOXES} boxes.`);
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

/**
 * The header of the box at a byte (ISO/IEC 14496-12 4.2). Size 1 means that a 64-bit size follows the
 * type, size 0 that the box reaches to the end.
 */
export function boxHeader(view: DataView, at: number) {
  const size = view.getUint32(at);
  const letters = [4, 5, 6, 7].map((offset) => view.getUint8(at + offset));
  const type = String.fromCharCode(...letters);
  return { type, isEndless: size === 0, ...extent(view, at, size) };
}

function extent(view: DataView, at: number, size: number) {
  if (size === 0) return { headerBytes: 8, totalBytes: view.byteLength - at };
  if (size !== 1) return { headerBytes: 8, totalBytes: size };
  // A header cut off by the end of the bytes runs over it.
  if (at + 16 > view.byteLength) return { headerBytes: 16, totalBytes: Number.MAX_SAFE_INTEGER };
  return { headerBytes: 16, totalBytes: Number(view.getBigUint64(at + 8)) };
}

/** A box of some content. */
export function box(type: string, ...content: Uint8Array[]): Uint8Array {
  return joined(...boxParts(type, ...content));
}

/** The same, not put together yet: large content is copied once, with whatever the box lies in. */
export function boxParts(type: string, ...content: Uint8Array[]): Uint8Array[] {
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0));
  return [uint32s(totalLength(content) + 8), name, ...content];
}

/** Numbers of 32 bits, as they lie in a box. */
export function uint32s(...values: number[]): Uint8Array {
  const made = new Uint8Array(values.length * 4);
  const view = viewOf(made);
  values.forEach((value, at) => view.setUint32(at * 4, value));
  return made;
}

export function joined(...parts: Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

/** Of all parts together, in bytes. */
export function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((bytes, part) => bytes + part.length, 0);
}
