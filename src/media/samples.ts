import { viewOf } from './iso-bmff.js';

/** What a fragment or its track says of samples that do not speak for themselves. */
export interface SampleDefaults {
  /** In ticks of the track's timescale. */
  duration: number;
  size: number;
  flags: number;
}

/** A sample as a track run lists it. */
export interface Sample extends SampleDefaults {
  /** The bits as they are: whether there is a sign, the version of the run says. */
  compositionOffset: number | undefined;
}

export interface SampleRun {
  samples: Sample[];
  /** Where the first sample lies, counted from the base of the fragment. */
  dataOffset: number | undefined;
}

/** ISO/IEC 14496-12 8.8.3.1: sample_is_non_sync_sample. */
const NON_SYNC = 0x1_0000;

/** True for a key frame, and for every sample of sound. */
export function isSync({ flags }: Pick<Sample, 'flags'>): boolean {
  return (flags & NON_SYNC) === 0;
}

/**
 * The defaults of a fragment, and the byte from which its data is counted where it names one.
 * @param tfhd payload of the track fragment header (ISO/IEC 14496-12 8.8.7)
 */
export function fragmentDefaults(tfhd: Uint8Array, { duration, size, flags }: SampleDefaults) {
  const header = viewOf(tfhd);
  const fields = optionalFields(header, 8);
  const base = fields.has(0x01) ? Number(header.getBigUint64(fields.next(8))) : undefined;
  if (fields.has(0x02)) fields.next(4);
  return {
    base,
    defaults: {
      duration: fields.has(0x08) ? header.getUint32(fields.next(4)) : duration,
      size: fields.has(0x10) ? header.getUint32(fields.next(4)) : size,
      flags: fields.has(0x20) ? header.getUint32(fields.next(4)) : flags,
    },
  };
}

/**
 * The samples of a track run.
 * @param trun its payload (ISO/IEC 14496-12 8.8.8)
 * @throws RangeError when it counts more samples than it lists
 */
export function sampleRun(trun: Uint8Array, defaults: SampleDefaults): SampleRun {
  const run = viewOf(trun);
  const fields = optionalFields(run, 8);
  const dataOffset = fields.has(0x01) ? run.getInt32(fields.next(4)) : undefined;
  const firstFlags = fields.has(0x04) ? run.getUint32(fields.next(4)) : defaults.flags;
  const samples = Array.from({ length: run.getUint32(4) }, (_, at): Sample => ({
    duration: fields.has(0x100) ? run.getUint32(fields.next(4)) : defaults.duration,
    size: fields.has(0x200) ? run.getUint32(fields.next(4)) : defaults.size,
    flags: fields.has(0x400)
      ? run.getUint32(fields.next(4))
      : at === 0
        ? firstFlags
        : defaults.flags,
    compositionOffset: fields.has(0x800) ? run.getUint32(fields.next(4)) : undefined,
  }));
  return { samples, dataOffset };
}

/** How long some samples last, in ticks. */
export function ticksOf(samples: readonly Sample[]): number {
  return samples.reduce((sum, { duration }) => sum + duration, 0);
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
