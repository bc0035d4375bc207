import { boxes, viewOf } from './iso-bmff.js';
import {
  fragmentDefaults,
  isSync,
  sampleRun,
  ticksOf,
  type Sample,
  type SampleDefaults,
} from './samples.js';

/** Payloads of the boxes of a segment, as ffmpeg's HLS muxer lays them out. */
interface Layout {
  styp: Uint8Array;
  sidx: Uint8Array;
  mfhd: Uint8Array;
  tfhd: Uint8Array;
  tfdt: Uint8Array;
  trun: Uint8Array;
  mdat: Uint8Array;
}

/** Samples that become a fragment. */
interface Chunk {
  startTicks: number;
  samples: readonly Sample[];
  data: Uint8Array;
}

/** Room for the sequence numbers of the fragments that one is split into. */
const MOST_CHUNKS = 128;

/** default-base-is-moof, and no base of its own (ISO/IEC 14496-12 8.8.7.1). */
const MOVABLE = 0x02_0000;
const BASE_FLAGS = 0x02_0001;

/**
 * Begins a fragment at every key frame of a media segment, and without B-frames ends it behind the key
 * frame, which so can be fetched and decoded by itself (CMAF chunks, ISO/IEC 23000-19 7.3.3.2). The HLS
 * muxer of ffmpeg 5.1 breaks its first segment when it is asked for more fragments than one. A segment of
 * another layout than that muxer's stays as it is.
 */
export function splitAtKeyFrames(segment: Uint8Array, defaults: SampleDefaults): Uint8Array {
  const layout = layoutOf(segment);
  const chunks = layout && chunksOf(layout, defaults);
  if (!chunks || chunks.length < 2 || chunks.length > MOST_CHUNKS) return segment;
  const firstSequence = (viewOf(layout.mfhd).getUint32(4) - 1) * MOST_CHUNKS + 1;
  const fragments = chunks.map((chunk, at) => {
    const dataOffset = moof(layout, chunk, firstSequence + at, 0).length + 8;
    return bytes(moof(layout, chunk, firstSequence + at, dataOffset), box('mdat', chunk.data));
  });
  return bytes(box('styp', layout.styp), segmentIndex(layout, chunks, fragments), ...fragments);
}

function layoutOf(segment: Uint8Array): Layout | undefined {
  const [styp, sidx, moofBox, mdat] = payloads(segment, ['styp', 'sidx', 'moof', 'mdat']);
  const [mfhd, traf] = payloads(moofBox, ['mfhd', 'traf']);
  const [tfhd, tfdt, trun] = payloads(traf, ['tfhd', 'tfdt', 'trun']);
  if (!styp || !sidx || !mfhd || !tfhd || !tfdt || !trun || !mdat) return undefined;
  const isMovable = (viewOf(tfhd).getUint32(0) & BASE_FLAGS) === MOVABLE;
  const hasLongTime = viewOf(tfdt).getUint8(0) === 1;
  const hasOneReference = viewOf(sidx).getUint16(indexHeaderBytes(sidx) - 2) === 1;
  if (!isMovable || !hasLongTime || !hasOneReference) return undefined;
  return { styp, sidx, mfhd, tfhd, tfdt, trun, mdat };
}

/** What lies in boxes of just these types, in this order; nothing where there are others. */
function payloads(content: Uint8Array | undefined, types: readonly string[]): Uint8Array[] {
  const found = content ? boxes(content) : [];
  const isSame = found.length === types.length && found.every((b, at) => b.type === types[at]);
  return isSame ? found.map(({ payload }) => payload) : [];
}

/** Nothing where the segment does not begin with a key frame, or has data that no sample owns. */
function chunksOf({ tfhd, tfdt, trun, mdat }: Layout, defaults: SampleDefaults) {
  const { samples } = sampleRun(trun, fragmentDefaults(tfhd, defaults).defaults);
  const [first] = samples;
  if (!first || !isSync(first) || sizeOf(samples) !== mdat.length) return undefined;
  // libavformat takes the offset of the whole track from its first fragment, so reordered frames have to
  // be in that one: there a key frame stays in front of those that depend on it.
  const isReordered = samples.some(({ compositionOffset = 0 }) => compositionOffset !== 0);
  const starts = samples.flatMap((sample, at) => {
    const before = isReordered ? undefined : samples[at - 1];
    return isSync(sample) || (before && isSync(before)) ? [at] : [];
  });
  const firstTicks = Number(viewOf(tfdt).getBigUint64(4));
  return starts.map((start, at): Chunk => {
    const before = samples.slice(0, start);
    const own = samples.slice(start, starts[at + 1]);
    const dataStart = sizeOf(before);
    return {
      startTicks: firstTicks + ticksOf(before),
      samples: own,
      data: mdat.subarray(dataStart, dataStart + sizeOf(own)),
    };
  });
}

function sizeOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { size }) => sum + size, 0);
}

function moof({ tfhd, trun }: Layout, chunk: Chunk, sequence: number, dataOffset: number) {
  const time = new Uint8Array(8);
  viewOf(time).setBigUint64(0, BigInt(chunk.startTicks));
  return box(
    'moof',
    box('mfhd', uint32s(0, sequence)),
    box(
      'traf',
      box('tfhd', tfhd),
      box('tfdt', uint32s(0x0100_0000), time),
      box('trun', run(chunk.samples, viewOf(trun).getUint8(0), dataOffset)),
    ),
  );
}

/** ISO/IEC 14496-12 8.8.8: every sample says its duration, size and flags itself. */
function run(samples: readonly Sample[], version: number, dataOffset: number): Uint8Array {
  const hasOffsets = samples.some((sample) => sample.compositionOffset !== undefined);
  const flags = 0x701 | (hasOffsets ? 0x800 : 0);
  return uint32s(
    version * 0x0100_0000 + flags,
    samples.length,
    dataOffset,
    ...samples.flatMap((sample) => [
      sample.duration,
      sample.size,
      sample.flags,
      ...(hasOffsets ? [sample.compositionOffset ?? 0] : []),
    ]),
  );
}

/** ISO/IEC 14496-12 8.16.3: the one reference becomes one for each fragment; key frames are accessible. */
function segmentIndex(
  { sidx }: Layout,
  chunks: readonly Chunk[],
  fragments: readonly Uint8Array[],
) {
  const header = sidx.slice(0, indexHeaderBytes(sidx));
  viewOf(header).setUint16(header.length - 2, chunks.length);
  const accessPoint = viewOf(sidx).getUint32(header.length + 8);
  const references = chunks.flatMap(({ samples }, at) => [
    fragments[at]?.length ?? 0,
    ticksOf(samples),
    samples.some(isSync) ? accessPoint : 0,
  ]);
  return box('sidx', header, uint32s(...references));
}

/** Up to and with the count of references; version 1 has 64-bit times and offsets. */
function indexHeaderBytes(sidx: Uint8Array): number {
  return sidx[0] === 1 ? 32 : 24;
}

function box(type: string, ...content: Uint8Array[]): Uint8Array {
  const payload = bytes(...content);
  const name = Uint8Array.from(type, (letter) => letter.charCodeAt(0));
  return bytes(uint32s(payload.length + 8), name, payload);
}

function uint32s(...values: number[]): Uint8Array {
  const made = new Uint8Array(values.length * 4);
  const view = viewOf(made);
  values.forEach((value, at) => view.setUint32(at * 4, value));
  return made;
}

function bytes(...parts: Uint8Array[]): Uint8Array {
  const made = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    made.set(part, at);
    at += part.length;
  }
  return made;
}
