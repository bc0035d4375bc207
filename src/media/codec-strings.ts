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
 * RFC 6381 name of the codec an init segment describes: `avc1.64001f`, `hvc1.1.6.L93.90`,
 * `av01.0.04M.08`, `mp4a.40.2`.
 * @throws RangeError when there is no sample entry, or one of another codec
 */
export function codecString(initSegment: Uint8Array): string {
  const descriptions = boxAt(initSegment, SAMPLE_DESCRIPTIONS);
  // stsd is a full box with a count: version, flags and entry_count take 8 bytes.
  const entry = descriptions && boxes(descriptions.subarray(8))[0];
  const configuration = (type: string) =>
    entry && boxAt(entry.payload.subarray(VISUAL_ENTRY_BYTES), [type]);
  if (entry?.type === 'avc1') return avcString(configuration('avcC'));
  if (entry?.type === 'hvc1') return hevcString(configuration('hvcC'));
  if (entry?.type === 'av01') return av1String(configuration('av1C'));
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

/**
 * ISO/IEC 14496-15 E.3: profile space and profile, compatibility flags with their bits in reverse, tier and
 * level, and the constraint flags up to the last byte that is not 0, all from 8.3.3.1.2.
 */
function hevcString(hvcC: Uint8Array | undefined): string {
  if (hvcC === undefined || hvcC.length < 13) throw new RangeError('hvc1 without hvcC.');
  const view = viewOf(hvcC);
  const profile = view.getUint8(1);
  const space = ['', 'A', 'B', 'C'][profile >> 6] ?? '';
  const flags = view.getUint32(2);
  let compatibility = 0;
  for (let bit = 0; bit < 32; bit += 1) compatibility = compatibility * 2 + ((flags >>> bit) & 1);
  const constraints = [...hvcC.subarray(6, 12)];
  while (constraints.at(-1) === 0) constraints.pop();
  return [
    'hvc1',
    `${space}${profile & 0x1f}`,
    compatibility.toString(16).toUpperCase(),
    `${profile & 0x20 ? 'H' : 'L'}${view.getUint8(12)}`,
    ...constraints.map((byte) => byte.toString(16).toUpperCase()),
  ].join('.');
}

/** 4:2:0 with chroma in no place that is known: with BT.709 of limited range, what is left out. */
const AV1_DEFAULT_CHROMA = '110';

/** AV1 Codec ISO Media File Format Binding 5: profile, level and tier, bit depth, from 2.3.3. */
function av1String(av1C: Uint8Array | undefined): string {
  if (av1C === undefined || av1C.length < 4) throw new RangeError('av01 without av1C.');
  const view = viewOf(av1C);
  const [profileAndLevel, flags] = [view.getUint8(1), view.getUint8(2)];
  const level = `${profileAndLevel & 0x1f}`.padStart(2, '0');
  const depth = flags & 0x40 ? (flags & 0x20 ? '12' : '10') : '08';
  const isMonochrome = (flags & 0x10) !== 0;
  const chroma = `${(flags >> 3) & 1}${(flags >> 2) & 1}${flags & 3}`;
  return [
    'av01',
    `${profileAndLevel >> 5}`,
    `${level}${flags & 0x80 ? 'H' : 'M'}`,
    depth,
    // All or none of them; every rung is BT.709 of limited range.
    ...(isMonochrome || chroma !== AV1_DEFAULT_CHROMA
      ? [isMonochrome ? '1' : '0', chroma, '01', '01', '01', '0']
      : []),
  ].join('.');
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
