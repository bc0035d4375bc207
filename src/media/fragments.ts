import { boxAt, boxes, viewOf, type Box } from './iso-bmff.js';
import { fragmentDefaults, isSync, sampleRun, ticksOf, type SampleDefaults } from './samples.js';

/** What an init segment says of its one track. */
export interface TrackHeader {
  /** Ticks of a second, in which the track counts its times. */
  timescale: number;
  isVideo: boolean;
  /** Of samples whose fragment says nothing else (ISO/IEC 14496-12 8.8.3). */
  defaults: SampleDefaults;
}

/** Where a piece of a file lies. */
export interface ByteSpan {
  start: number;
  bytes: number;
}

/** A movie fragment (ISO/IEC 14496-12 8.8.4), times in ticks of the track's timescale. */
export interface Fragment {
  startTicks: number;
  durationTicks: number;
  /** From the fragment's moof to the end of its first sample, where that is a sync sample. */
  keyFrame: ByteSpan | undefined;
}

/**
 * Reads the timescale, the kind and the defaults of the first track of an init segment.
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
    timescale,
    isVideo: hdlr.getUint32(8) === 0x7669_6465, // vide
    defaults: {
      duration: trex.getUint32(12),
      size: trex.getUint32(16),
      flags: trex.getUint32(20),
    },
  };
}

/**
 * The movie fragments of a media segment, in their order.
 * @throws RangeError when there is none, or a box that every fragment has is missing
 */
export function fragmentsOf(segment: Uint8Array, { defaults }: TrackHeader): Fragment[] {
  const found: Fragment[] = [];
  let start = 0;
  for (const box of boxes(segment)) {
    if (box.type === 'moof') found.push(fragment(box, start, defaults));
    start = box.payload.byteOffset - segment.byteOffset + box.payload.byteLength;
  }
  if (found.length === 0) throw new RangeError('A segment without a movie fragment.');
  return found;
}

/** ISO/IEC 14496-12 8.8.7: without a base of its own, data is counted from the moof. */
function fragment({ payload }: Box, moofStart: number, trackDefaults: SampleDefaults): Fragment {
  const tfdt = requiredBox(payload, ['traf', 'tfdt']);
  const tfhd = boxAt(payload, ['traf', 'tfhd']) ?? new Uint8Array(8);
  const { base, defaults } = fragmentDefaults(tfhd, trackDefaults);
  const runs = boxes(boxAt(payload, ['traf']) ?? new Uint8Array())
    .filter(({ type }) => type === 'trun')
    .map((run) => sampleRun(run.payload, defaults));
  const [first] = runs.flatMap(({ samples }) => samples);
  const dataStart = (base ?? moofStart) + (runs[0]?.dataOffset ?? 0);
  return {
    startTicks: tfdt.getUint8(0) === 1 ? Number(tfdt.getBigUint64(4)) : tfdt.getUint32(4),
    durationTicks: runs.reduce((sum, { samples }) => sum + ticksOf(samples), 0),
    keyFrame:
      first && isSync(first)
        ? { start: moofStart, bytes: dataStart + first.size - moofStart }
        : undefined,
  };
}

function requiredBox(bytes: Uint8Array, path: readonly string[]): DataView {
  const payload = boxAt(bytes, path);
  if (payload === undefined) throw new RangeError(`A segment without ${path.join('/')}.`);
  return viewOf(payload);
}
