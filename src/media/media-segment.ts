import { box, boxParts, joined, totalLength, uint32s, viewOf } from './iso-bmff.js';
import { isSync, ticksOf, type Sample } from './samples.js';
import type { TrackHeader } from './track-header.js';

/** Where a piece of a file lies. */
export interface ByteSpan {
  start: number;
  bytes: number;
}

/** A movie fragment (ISO/IEC 14496-12 8.8.4), times in ticks of the track's timescale. */
export interface Fragment {
  startTicks: number;
  durationTicks: number;
  /** From the fragment's moof to the end of its first sample, where that is a key frame. */
  keyFrame: ByteSpan | undefined;
}

/** A CMAF segment (ISO/IEC 23000-19 7.3.3.1). */
export interface MediaSegment {
  bytes: Uint8Array;
  durationTicks: number;
  fragments: readonly Fragment[];
}

/** The brands of a segment with an index: ISO/IEC 14496-12 annex E, ISO/IEC 23000-19 7.3.3.1. */
const BRANDS = ['msdh', 'msix', 'cmfs'];

/** default-base-is-moof: a fragment may be moved within its file (ISO/IEC 14496-12 8.8.7.1). */
const MOVABLE = 0x02_0000;

/** Stream access point of type 1: it and all that follows can be decoded (ISO/IEC 14496-12 8.16.3). */
const STARTS_WITH_SAP_1 = 0x9000_0000;

/**
 * Writes samples as a segment. A fragment begins at every key frame, and without B-frames ends behind
 * the key frame, which so can be fetched and decoded by itself (CMAF chunks, ISO/IEC 23000-19 7.3.3.2).
 * @param samples at least one, each beginning where the one before ends
 * @param firstSequence number of its first fragment; the next segment goes on after its last
 */
export function mediaSegment(
  samples: readonly Sample[],
  track: TrackHeader,
  firstSequence: number,
): MediaSegment {
  const chunks = track.isVideo ? chunksOf(samples) : [samples];
  const written = chunks.map((chunk, at) => {
    const parts = fragmentParts(chunk, track.trackId, firstSequence + at);
    return { chunk, parts, length: totalLength(parts) };
  });
  const head = joined(
    box('styp', letters(BRANDS[0] ?? ''), uint32s(0), ...BRANDS.map(letters)),
    segmentIndex(written, track),
  );
  let start = head.length;
  const fragments = written.map(({ chunk, length }): Fragment => {
    const span = { start, bytes: keyFrameBytes(chunk, length) };
    start += length;
    return {
      startTicks: chunk[0]?.decodeTicks ?? 0,
      durationTicks: ticksOf(chunk),
      keyFrame: track.isVideo && chunk[0] && isSync(chunk[0]) ? span : undefined,
    };
  });
  const bytes = joined(head, ...written.flatMap(({ parts }) => parts));
  return { bytes, durationTicks: ticksOf(samples), fragments };
}

/**
 * libavformat takes the offset of the whole track from its first fragment, so reordered frames have to
 * be in that one: there a key frame stays in front of those that depend on it.
 */
function chunksOf(samples: readonly Sample[]): (readonly Sample[])[] {
  const isReordered = samples.some(({ compositionTicks }) => compositionTicks !== 0);
  const starts = samples.flatMap((sample, at) => {
    const before = isReordered ? undefined : samples[at - 1];
    return at === 0 || isSync(sample) || (before && isSync(before)) ? [at] : [];
  });
  return starts.map((start, at) => samples.slice(start, starts[at + 1]));
}

function fragmentParts(chunk: readonly Sample[], trackId: number, sequence: number): Uint8Array[] {
  const moofBytes = moof(chunk, trackId, sequence, 0).length;
  return [
    moof(chunk, trackId, sequence, moofBytes + 8),
    ...boxParts('mdat', ...chunk.map(({ data }) => data)),
  ];
}

/** ISO/IEC 14496-12 8.8.4 to 8.8.8; every sample says its duration, size and flags itself. */
function moof(chunk: readonly Sample[], trackId: number, sequence: number, dataOffset: number) {
  const isReordered = chunk.some(({ compositionTicks }) => compositionTicks !== 0);
  const startTime = new Uint8Array(8);
  viewOf(startTime).setBigUint64(0, BigInt(chunk[0]?.decodeTicks ?? 0));
  const entries = chunk.flatMap(({ durationTicks, data, flags, compositionTicks }) => [
    durationTicks,
    data.length,
    flags,
    ...(isReordered ? [compositionTicks] : []),
  ]);
  return box(
    'moof',
    box('mfhd', uint32s(0, sequence)),
    box(
      'traf',
      box('tfhd', uint32s(MOVABLE, trackId)),
      box('tfdt', uint32s(0x0100_0000), startTime),
      // Version 1: composition offsets have a sign.
      box(
        'trun',
        uint32s(0x0100_0701 + (isReordered ? 0x800 : 0), chunk.length, dataOffset, ...entries),
      ),
    ),
  );
}

/** ISO/IEC 14496-12 8.16.3: a reference for each fragment, counted from the end of the index. */
function segmentIndex(
  fragments: readonly { chunk: readonly Sample[]; length: number }[],
  { trackId, timescale }: TrackHeader,
): Uint8Array {
  const samples = fragments.flatMap(({ chunk }) => chunk);
  const earliest = new Uint8Array(8);
  const shown = samples.map((sample) => sample.decodeTicks + sample.compositionTicks);
  viewOf(earliest).setBigUint64(
    0,
    BigInt(
      Math.max(
        0,
        shown.reduce((a, b) => Math.min(a, b)),
      ),
    ),
  );
  const references = fragments.flatMap(({ chunk, length }) => [
    length,
    ticksOf(chunk),
    chunk[0] && isSync(chunk[0]) ? STARTS_WITH_SAP_1 : 0,
  ]);
  return box(
    'sidx',
    uint32s(0x0100_0000, trackId, timescale),
    earliest,
    uint32s(0, 0, fragments.length, ...references),
  );
}

/** The rest of the fragment is the data of the other samples, which comes last. */
function keyFrameBytes([, ...others]: readonly Sample[], fragmentBytes: number): number {
  return others.reduce((bytes, { data }) => bytes - data.length, fragmentBytes);
}

function letters(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}
