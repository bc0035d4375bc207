import { boxAt, boxes, viewOf } from './iso-bmff.js';

/** What a fragment or its track says of samples that do not speak for themselves. */
export interface SampleDefaults {
  /** In ticks of the track's timescale. */
  duration: number;
  size: number;
  flags: number;
}

/** One coded picture or frame of sound, times in ticks of the track's timescale. */
export interface Sample {
  decodeTicks: number;
  durationTicks: number;
  /** From its decode time to its presentation time; below 0 too (trun version 1). */
  compositionTicks: number;
  flags: number;
  data: Uint8Array;
}

/** ISO/IEC 14496-12 8.8.3.1: sample_is_non_sync_sample. */
const NON_SYNC = 0x1_0000;

/** True for a key frame, and for every sample of sound. */
export function isSync({ flags }: Pick<Sample, 'flags'>): boolean {
  return (flags & NON_SYNC) === 0;
}

/** How long some samples last, in ticks. */
export function ticksOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
}

/**
 * The samples of a movie fragment with one track, whose data lies in the box that follows.
 * @param moof payload of the fragment (ISO/IEC 14496-12 8.8.4)
 * @param mdat payload of its data
 * @throws RangeError when a box is missing, or the data is not just that of the samples
 */
export function samplesOf(moof: Uint8Array, mdat: Uint8Array, defaults: SampleDefaults): Sample[] {
  const traf = boxAt(moof, ['traf']);
  const tfhd = traf && boxAt(traf, ['tfhd']);
  const tfdt = traf && boxAt(traf, ['tfdt']);
  if (!traf || !tfhd || !tfdt) throw new RangeError('A fragment without tfhd or tfdt.');
  const own = fragmentDefaults(tfhd, defaults);
  const entries = boxes(traf)
    .filter(({ type }) => type === 'trun')
    .flatMap(({ payload }) => runEntries(payload, own, mdat.length));
  let decodeTicks = baseDecodeTime(tfdt);
  let at = 0;
  const samples = entries.map(({ duration, size, flags, compositionTicks }): Sample => {
    const data = mdat.subarray(at, at + size);
    const sample = { decodeTicks, durationTicks: duration, compositionTicks, flags, data };
    decodeTicks += duration;
    at += size;
    return sample;
  });
  if (at !== mdat.length) throw new RangeError('A fragment whose samples are not its data.');
  return samples;
}

/** ISO/IEC 14496-12 8.8.12 */
function baseDecodeTime(tfdt: Uint8Array): number {
  const view = viewOf(tfdt);
  return view.getUint8(0) === 1 ? Number(view.getBigUint64(4)) : view.getUint32(4);
}

/** ISO/IEC 14496-12 8.8.7 */
function fragmentDefaults(tfhd: Uint8Array, track: SampleDefaults): SampleDefaults {
  const header = viewOf(tfhd);
  const fields = optionalFields(header, 8);
  if (fields.has(0x01)) fields.next(8);
  if (fields.has(0x02)) fields.next(4);
  return {
    duration: fields.has(0x08) ? header.getUint32(fields.next(4)) : track.duration,
    size: fields.has(0x10) ? header.getUint32(fields.next(4)) : track.size,
    flags: fields.has(0x20) ? header.getUint32(fields.next(4)) : track.flags,
  };
}

/** ISO/IEC 14496-12 8.8.8 */
function runEntries(trun: Uint8Array, defaults: SampleDefaults, most: number) {
  const run = viewOf(trun);
  if (run.getUint32(4) > most) throw new RangeError('A fragment with more samples than data.');
  const fields = optionalFields(run, 8);
  if (fields.has(0x01)) fields.next(4);
  const firstFlags = fields.has(0x04) ? run.getUint32(fields.next(4)) : defaults.flags;
  return Array.from({ length: run.getUint32(4) }, (_, at) => ({
    duration: fields.has(0x100) ? run.getUint32(fields.next(4)) : defaults.duration,
    size: fields.has(0x200) ? run.getUint32(fields.next(4)) : defaults.size,
    flags: fields.has(0x400)
      ? run.getUint32(fields.next(4))
      : at === 0
        ? firstFlags
        : defaults.flags,
    compositionTicks: fields.has(0x800) ? run.getInt32(fields.next(4)) : 0,
  }));
}

/** The fields of a full box that its flags say are there, one after the other. */
function optionalFields(box: DataView, firstAt: number) {
  const flags = box.getUint32(0) & 0xff_ffff;
  let at = firstAt;
  return {
    has: (flag: number) => (flags & flag) !== 0,
    next: (bytes: number) => {
      at += bytes;
      return at - bytes;
    },
  };
}
