/** What the first bytes of a file promise, whatever its name says. */
export type ContainerSignature = 'video' | 'audio' | 'image' | 'unknown';

/** How many leading bytes {@link containerSignature} wants to see. */
export const SIGNATURE_BYTES = 512;

/** Brands of ISO BMFF files that hold pictures only (ISO/IEC 23008-12, AVIF 1.1). */
const IMAGE_BRANDS = new Set(['heic', 'heix', 'mif1', 'msf1', 'avif', 'avis']);
const BMFF_FIRST_BOXES = new Set(['ftyp', 'moov', 'mdat', 'wide', 'free', 'skip', 'pnot']);
const ASF_HEADER_GUID = '3026b2758e66cf11';
const TS_PACKET_BYTES = 188;
const TS_SYNC_BYTE = 0x47;

/**
 * Tells a broken video from something that never was one, when no demuxer accepts the file.
 * @param head the first {@link SIGNATURE_BYTES} bytes, or fewer when the file is shorter
 */
export function containerSignature(head: Uint8Array): ContainerSignature {
  if (BMFF_FIRST_BOXES.has(ascii(head, 4, 8))) {
    return IMAGE_BRANDS.has(ascii(head, 8, 12)) ? 'image' : 'video';
  }
  if (ascii(head, 0, 4) === 'RIFF') return riffSignature(ascii(head, 8, 12));
  const start = hex(head, 0, 8);
  if (start.startsWith('1a45dfa3')) return 'video'; // EBML: Matroska, WebM
  if (start.startsWith('000001ba')) return 'video'; // MPEG program stream pack header
  if (start === ASF_HEADER_GUID || ascii(head, 0, 3) === 'FLV') return 'video';
  if (isTransportStream(head)) return 'video';
  if (['ID3', 'fLa', 'FOR'].includes(ascii(head, 0, 3))) return 'audio'; // MP3, FLAC, AIFF
  if (start === '89504e470d0a1a0a' || start.startsWith('ffd8ff')) return 'image'; // PNG, JPEG
  return 'unknown';
}

function riffSignature(form: string): ContainerSignature {
  if (form === 'WAVE') return 'audio';
  return form === 'WEBP' ? 'image' : 'video';
}

function isTransportStream(head: Uint8Array): boolean {
  return [0, TS_PACKET_BYTES, 2 * TS_PACKET_BYTES].every((at) => head[at] === TS_SYNC_BYTE);
}

function ascii(bytes: Uint8Array, start: number, end: number): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

function hex(bytes: Uint8Array, start: number, end: number): string {
  return Array.from(bytes.subarray(start, end), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
}
