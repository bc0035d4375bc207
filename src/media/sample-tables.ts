import { boxAt, boxes, viewOf } from './iso-bmff.js';
import type { KeyFrames } from './key-frame-meter.js';

const SAMPLE_TABLE = ['mdia', 'minf', 'stbl'];

/** Media time of an edit that shows nothing, in front of a track that begins late. */
const EMPTY_EDIT = -1;

/** That there are more than one is all that matters. */
const MAX_EDITS = 4;

/**
 * Reads from the index of an MP4 file where the key frames of its picture are, without a look at the
 * frames. Undefined for an index with another number of pictures than one, or without their times, as
 * fragmented files have it, for frames that stand still or do not begin with a key frame, and where an edit
 * list leaves some of them out.
 * @param moov payload of the movie box (ISO/IEC 14496-12 8.2.1)
 * @throws RangeError when its boxes do not add up
 */
export function indexedKeyFrames(moov: Uint8Array): KeyFrames | undefined {
  // What fragments hold is not in the index.
  if (boxAt(moov, ['mvex'])) return undefined;
  const [track, ...others] = boxes(moov).filter(
    ({ type, payload }) => type === 'trak' && isVideo(payload),
  );
  if (!track || others.length > 0) return undefined;
  const mdhd = boxAt(track.payload, ['mdia', 'mdhd']);
  const table = boxAt(track.payload, SAMPLE_TABLE);
  const stts = table && boxAt(table, ['stts']);
  const stsd = table && boxAt(table, ['stsd']);
  // Frames of several descriptions would need several init segments.
  if (!mdhd || !stts || !stsd || viewOf(stsd).getUint32(4) !== 1) return undefined;
  const header = viewOf(mdhd);
  const timescale = header.getUint32(header.getUint8(0) === 1 ? 20 : 12);
  const elst = boxAt(track.payload, ['edts', 'elst']);
  const ctts = boxAt(table, ['ctts']);
  if (elst && leavesOut(viewOf(elst), viewOf(stts), ctts && viewOf(ctts))) return undefined;
  const stss = boxAt(table, ['stss']);
  const measured = measure(viewOf(stts), stss && viewOf(stss));
  if (!measured || timescale === 0) return undefined;
  const { frames, ticks, longestGapTicks } = measured;
  return { frames, seconds: ticks / timescale, longestGapSeconds: longestGapTicks / timescale };
}

function isVideo(track: Uint8Array): boolean {
  const hdlr = boxAt(track, ['mdia', 'hdlr']);
  return hdlr !== undefined && viewOf(hdlr).getUint32(8) === 0x7669_6465; // vide
}

/**
 * Whether the edits of a track (ISO/IEC 14496-12 8.6.6) are more than one, or begin behind its first frame,
 * as after a cut without a new encode.
 */
function leavesOut(elst: DataView, stts: DataView, ctts: DataView | undefined): boolean {
  const isLong = elst.getUint8(0) === 1;
  const starts = Array.from({ length: Math.min(elst.getUint32(4), MAX_EDITS) }, (_, edit) =>
    isLong ? Number(elst.getBigInt64(16 + 20 * edit)) : elst.getInt32(12 + 12 * edit),
  ).filter((start) => start !== EMPTY_EDIT);
  const [start = 0, ...others] = starts;
  const firstShown = ctts && ctts.getUint32(4) > 0 ? ctts.getInt32(12) : 0;
  const frameTicks = stts.getUint32(4) > 0 ? stts.getUint32(12) : 0;
  return others.length > 0 || start - firstShown >= Math.max(1, frameTicks);
}

/**
 * Follows two tables of a track at once, without a copy of them: a film's may have millions of entries.
 * Undefined where time stands still, the first frame is no key frame, or key frames are not in order.
 * @param stts decoding times: how many frames last how long (ISO/IEC 14496-12 8.6.1.2)
 * @param stss numbers of the key frames, from 1 on; without it every frame is one (8.6.2)
 */
function measure(stts: DataView, stss: DataView | undefined) {
  const entries = stts.getUint32(4);
  const keys = stss?.getUint32(4) ?? 0;
  const numberOf = (key: number) => stss?.getUint32(8 + 4 * key) ?? 0;
  if (stss && (keys === 0 || numberOf(0) !== 1)) return undefined;
  let frames = 0;
  let ticks = 0;
  let lastTicks = 0;
  let key = 0;
  let lastKeyTicks = 0;
  let longestGapTicks = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    const count = stts.getUint32(8 + 8 * entry);
    const frameTicks = stts.getUint32(12 + 8 * entry);
    if (count === 0) continue;
    const isLast = count === 1 && entry === entries - 1;
    if (frameTicks === 0 && !isLast) return undefined;
    if (!stss && !isLast) longestGapTicks = Math.max(longestGapTicks, frameTicks);
    for (; key < keys && numberOf(key) <= frames + count; key += 1) {
      if (key > 0 && numberOf(key) <= numberOf(key - 1)) return undefined;
      const keyTicks = ticks + (numberOf(key) - 1 - frames) * frameTicks;
      longestGapTicks = Math.max(longestGapTicks, keyTicks - lastKeyTicks);
      lastKeyTicks = keyTicks;
    }
    frames += count;
    ticks += count * frameTicks;
    lastTicks = frameTicks;
  }
  if (frames < 2 || key < keys) return undefined;
  // How long the last frame stays is often left open, or untrue: as long as they do on average.
  const shown = ticks - lastTicks;
  const end = shown + shown / (frames - 1);
  longestGapTicks = Math.max(longestGapTicks, end - (stss ? lastKeyTicks : shown));
  return { frames, ticks: end, longestGapTicks };
}
