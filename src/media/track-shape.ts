import { boxAt, boxes, viewOf } from './iso-bmff.js';

/** Width and height in pixels of the picture that an init segment describes. */
export interface PictureSize {
  width: number;
  height: number;
}

/**
 * Reads the size from the sample entry (ISO/IEC 14496-12 12.1.3).
 * @throws RangeError when there is none, or it says nothing
 */
export function pictureSize(initSegment: Uint8Array): PictureSize {
  const entry = sampleEntry(initSegment);
  const size = { width: entry.getUint16(24), height: entry.getUint16(26) };
  if (size.width === 0 || size.height === 0) throw new RangeError('A picture without a size.');
  return size;
}

/**
 * Number of channels that an audio track's sample entry tells (ISO/IEC 14496-12 12.2.3).
 * @throws RangeError when there is no sample entry
 */
export function channelCount(initSegment: Uint8Array): number {
  return sampleEntry(initSegment).getUint16(16);
}

/** Number of tracks in an init segment. */
export function trackCount(initSegment: Uint8Array): number {
  const moov = boxAt(initSegment, ['moov']);
  return moov ? boxes(moov).filter(({ type }) => type === 'trak').length : 0;
}

function sampleEntry(initSegment: Uint8Array): DataView {
  const stsd = boxAt(initSegment, ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']);
  // A full box with a count: version, flags and entry_count take 8 bytes.
  const entry = stsd && boxes(stsd.subarray(8))[0];
  if (!entry) throw new RangeError('A track without a sample entry.');
  return viewOf(entry.payload);
}
