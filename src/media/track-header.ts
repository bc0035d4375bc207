import { boxAt, viewOf } from './iso-bmff.js';
import type { SampleDefaults } from './samples.js';

/** What an init segment says of its one track. */
export interface TrackHeader {
  trackId: number;
  /** Ticks of a second, in which the track counts its times. */
  timescale: number;
  isVideo: boolean;
  /** Of samples whose fragment says nothing else (ISO/IEC 14496-12 8.8.3). */
  defaults: SampleDefaults;
}

/**
 * Reads the header of the first track of an init segment.
 * @throws RangeError when a box that every track has is missing
 */
export function trackHeader(initSegment: Uint8Array): TrackHeader {
  const mdhd = requiredBox(initSegment, ['moov', 'trak', 'mdia', 'mdhd']);
  const hdlr = requiredBox(initSegment, ['moov', 'trak', 'mdia', 'hdlr']);
  const trex = requiredBox(initSegment, ['moov', 'mvex', 'trex']);
  // ISO/IEC 14496-12 8.4.2.2: version 1 has 64-bit times before the timescale.
  const timescale = mdhd.getUint32(mdhd.getUint8(0) === 1 ? 20 : 12);
  if (timescale === 0) throw new RangeError('A track whose timescale is 0.');
  return {
    trackId: trex.getUint32(4),
    timescale,
    isVideo: hdlr.getUint32(8) === 0x7669_6465, // vide
    defaults: {
      duration: trex.getUint32(12),
      size: trex.getUint32(16),
      flags: trex.getUint32(20),
    },
  };
}

function requiredBox(bytes: Uint8Array, path: readonly string[]): DataView {
  const payload = boxAt(bytes, path);
  if (payload === undefined) throw new RangeError(`A segment without ${path.join('/')}.`);
  return viewOf(payload);
}
