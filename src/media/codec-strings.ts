import { boxAt, boxes, viewOf } from './iso-bmff.js';

const SAMPLE_DESCRIPTIONS = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'];

/** Bytes before the boxes inside a sample entry (ISO/IEC 14496-12 12.1.3 and 12.2.3). */
const VISUAL_ENTRY_BYTES = 78;
const AUDIO_ENTRY_BYTES = 28;

/** Descriptor tags of ISO/IEC 14496-1 7.2.2.1. */
const ES_DESCRIPTOR = 0x03;
const DECODER_CONFIG = 0x04;
const DECODER_SPECIFIC = 0x05;

/**
 * RFC 6381 name of the codec an init segment describes: `avc1.64001f`, `mp4a.40.2`.
 * @throws RangeError when there is no sample entry, or one of another codec
 */
export function codecString(initSegment: Uint8Array): string {
  const descriptions = boxAt(initSegment, SAMPLE_DESCRIPTIONS);
  // stsd is a full box with a count: version, flags and entry_count take 8 bytes.
  const entry = descriptions && boxes(descriptions.subarray(8))[0];
  if (entry?.type === 'avc1') {
    return avcString(boxAt(entry.payload.subarray(VISUAL_ENTRY_BYTES), ['avcC']));
  }
  if (entry?.type === 'mp4a') {
    return aacString(boxAt(entry.payload.subarray(AUDIO_ENTRY_BYTES), ['esds']));
  }
  throw new RangeError(`No codec string for a sample entry of type ${entry?.type ?? 'none'}.`);
}

/** RFC 6381 3.3: profile, constraint flags and level, the bytes 1 to 3 of ISO/IEC 14496-15 5.3.3.1. */
function avcString(avcC: Uint8Array | undefined): string {
  if (avcC === undefined || avcC.length < 4) throw new RangeError('avc1 without avcC.');
  const hex = Array.from(avcC.subarray(1, 4), (byte) => byte.toString(16).padStart(2, '0'));
  return `avc1.${hex.join('')}`;
}

/** RFC 6381 3.3: object type indication in hex, then the audio object type in decimal. */
function aacString(esds: Uint8Array | undefined): string {
  if (esds === undefined) throw new RangeError('mp4a without esds.');
  const es = descriptor(esds.subarray(4), ES_DESCRIPTOR);
  const config = descriptor(es.subarray(3), DECODER_CONFIG);
  const specific = descriptor(config.subarray(13), DECODER_SPECIFIC);
  const view = viewOf(specific);
  const objectType = view.getUint8(0) >> 3;
  // ISO/IEC 14496-3 1.6.2.1: 31 escapes to a six-bit extension.
  const escaped = objectType === 31 ? 32 + ((view.getUint16(0) >> 5) & 0x3f) : objectType;
  return `mp4a.${viewOf(config).getUint8(0).toString(16)}.${escaped}`;
}

/** Skips a descriptor's tag and its size, which takes seven bits of each byte (ISO/IEC 14496-1 8.3.3). */
function descriptor(bytes: Uint8Array, expectedTag: number): Uint8Array {
  const view = viewOf(bytes);
  if (view.getUint8(0) !== expectedTag) throw new RangeError('esds with an unknown descriptor.');
  let at = 1;
  while ((view.getUint8(at) & 0x80) !== 0) at += 1;
  return bytes.subarray(at + 1);
}
