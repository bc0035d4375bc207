import { z } from 'zod';

/** The encoders of H.264: in software, which is everywhere, and in hardware. */
export const H264_ENCODERS = ['x264', 'nvenc', 'qsv', 'vaapi', 'videotoolbox'] as const;

/** Those of the codecs that may come beside it. */
export const FURTHER_ENCODERS = ['x265', 'svtav1'] as const;

/** The encoders a plan may name. */
export const EncoderSchema = z.enum([...H264_ENCODERS, ...FURTHER_ENCODERS]);
export type EncoderName = z.infer<typeof EncoderSchema>;

/** In the order in which they are listed: what every player knows comes first. */
const VIDEO_CODECS = ['h264', 'hevc', 'av1'] as const;
export type VideoCodec = (typeof VIDEO_CODECS)[number];

/** How the encoders of a codec compare with those of H.264 for a picture that looks the same. */
const EFFICIENCY: Readonly<Record<VideoCodec, { bitrate: number; crfAbove: number }>> = {
  h264: { bitrate: 1, crfAbove: 0 },
  hevc: { bitrate: 0.6, crfAbove: 4 },
  av1: { bitrate: 0.5, crfAbove: 12 },
};

/** What an encoder is, and how it is asked for what all of them are asked for. */
interface Encoder {
  codec: VideoCodec;
  /** As `ffmpeg -encoders` lists it. */
  ffmpegName: string;
  /** What speaks to the machine's device, for all encoders of a command. */
  deviceArgs?: readonly string[];
  /** Takes frames to where the encoder wants them, at the end of their filter chain. */
  upload?: string;
  /** Speed, profile and pixel format, for one of x264's presets. */
  form: (preset: string) => string[];
  /** An even quality below the cap, which is given for all alike. */
  quality: (crf: number, maxBitrateBps: number) => string[];
  /** Makes a forced key frame one to begin at; absent where an encoder only counts its frames. */
  forcedKeyFrames?: readonly string[];
  /** No key frame but those. */
  noOtherKeyFrames: readonly string[];
  /** Pictures with a shorter side are refused by the encoder. */
  leastSide: number;
  /** Times that of x264 for the same pixels, both at `veryfast`. */
  cost: number;
}

const SPEEDS = ['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow'];

/** The place of one of x264's presets, from 0, the fastest, to 6. */
const slowness = (preset: string) => Math.max(0, SPEEDS.indexOf(preset));

/** Rate control of quality below a cap needs an average that is not the cap; where it lies matters little. */
const averageBps = (maxBitrateBps: number) => `${Math.round(maxBitrateBps * 0.75)}`;

const ENCODERS: Readonly<Record<EncoderName, Encoder>> = {
  x264: {
    codec: 'h264',
    ffmpegName: 'libx264',
    form: (preset) => ['-preset', preset, '-profile:v', 'high', '-pix_fmt', 'yuv420p'],
    quality: (crf) => ['-crf', `${crf}`],
    noOtherKeyFrames: ['-sc_threshold', '0'],
    forcedKeyFrames: ['-forced-idr', '1'],
    leastSide: 2,
    cost: 1,
  },
  nvenc: {
    codec: 'h264',
    ffmpegName: 'h264_nvenc',
    form: (preset) => [
      ...['-preset', `p${slowness(preset) + 1}`, '-tune', 'hq'],
      ...['-profile:v', 'high', '-pix_fmt', 'yuv420p'],
    ],
    quality: (crf) => ['-rc', 'vbr', '-cq', `${crf}`, '-b:v', '0'],
    noOtherKeyFrames: ['-no-scenecut', '1'],
    forcedKeyFrames: ['-forced-idr', '1'],
    leastSide: 146,
    cost: 1,
  },
  qsv: {
    codec: 'h264',
    ffmpegName: 'h264_qsv',
    form: (preset) => [
      ...['-preset', SPEEDS[Math.max(2, slowness(preset))] ?? 'veryfast'],
      ...['-profile:v', 'high', '-pix_fmt', 'nv12'],
    ],
    // QVBR: a quality, a cap, and an average that is not the cap.
    quality: (crf, cap) => ['-global_quality', `${crf}`, '-b:v', averageBps(cap)],
    noOtherKeyFrames: ['-adaptive_i', '0'],
    forcedKeyFrames: ['-forced_idr', '1'],
    leastSide: 16,
    cost: 1,
  },
  vaapi: {
    codec: 'h264',
    ffmpegName: 'h264_vaapi',
    // Without a name, the first of /dev/dri/renderD128 and those that follow.
    deviceArgs: ['-init_hw_device', 'vaapi=gpu', '-filter_hw_device', 'gpu'],
    upload: 'format=nv12,hwupload',
    form: () => ['-profile:v', 'high'],
    quality: (crf, cap) => [
      ...['-rc_mode', 'QVBR', '-global_quality', `${crf}`, '-b:v', averageBps(cap)],
    ],
    noOtherKeyFrames: [],
    // Every one is an IDR picture.
    forcedKeyFrames: ['-idr_interval', '0'],
    leastSide: 16,
    cost: 1,
  },
  videotoolbox: {
    codec: 'h264',
    ffmpegName: 'h264_videotoolbox',
    form: () => ['-profile:v', 'high', '-pix_fmt', 'nv12'],
    // From 1 to 100, and better when higher.
    quality: (crf) => ['-q:v', `${Math.max(1, 100 - 2 * crf)}`],
    noOtherKeyFrames: [],
    forcedKeyFrames: [],
    leastSide: 16,
    cost: 1,
  },
  x265: {
    codec: 'hevc',
    ffmpegName: 'libx265',
    form: (preset) => [
      ...['-preset', preset, '-profile:v', 'main', '-pix_fmt', 'yuv420p'],
      // Parameter sets in the sample entry only, as Apple's players want it (ISO/IEC 14496-15 8.4.1).
      ...['-tag:v', 'hvc1'],
    ],
    quality: (crf) => ['-crf', `${crf}`],
    noOtherKeyFrames: ['-x265-params', 'log-level=error:open-gop=0:scenecut=0'],
    forcedKeyFrames: ['-forced-idr', '1'],
    leastSide: 64,
    cost: 3,
  },
  svtav1: {
    codec: 'av1',
    ffmpegName: 'libsvtav1',
    // Its presets go from 13, the fastest, down.
    form: (preset) => ['-preset', `${12 - slowness(preset)}`, '-pix_fmt', 'yuv420p'],
    quality: (crf) => ['-crf', `${crf}`],
    noOtherKeyFrames: [],
    leastSide: 64,
    cost: 2,
  },
};

/** Which of the codecs an encoder makes. */
export function codecOf(encoder: EncoderName): VideoCodec {
  return ENCODERS[encoder].codec;
}

/** A picture's size and quality, as they are for x264. */
interface Wish {
  name: string;
  width: number;
  height: number;
  maxBitrateBps: number;
  crf: number;
}

/**
 * Those of some rungs that an encoder makes, under names and with numbers of its own. What is too small for
 * one in hardware is left to x264; what is too small for a further codec is not made in it.
 */
export function encodedBy(encoder: EncoderName, rungs: readonly Wish[]) {
  const codec = codecOf(encoder);
  const { bitrate, crfAbove } = EFFICIENCY[codec];
  return rungs.flatMap(({ name, width, height, maxBitrateBps, crf }) => {
    const fits = Math.min(width, height) >= ENCODERS[encoder].leastSide;
    if (!fits && codec !== 'h264') return [];
    return {
      folder: codec === 'h264' ? `v${name}` : `${codec}-v${name}`,
      ...{ name, width, height },
      encoder: fits ? encoder : 'x264',
      maxBitrateBps: Math.round(maxBitrateBps * bitrate),
      crf: crf + crfAbove,
    };
  });
}

/** False for an encoder that cannot be told where its key frames are, and has them at a steady distance. */
export function takesKeyFrames(encoder: EncoderName): boolean {
  return ENCODERS[encoder].forcedKeyFrames !== undefined;
}

/** How long an encoder takes, times as long as x264 for the same pixels. */
export function encoderCost(encoder: EncoderName): number {
  return ENCODERS[encoder].cost;
}

/** The rungs of each codec, in the order of {@link VIDEO_CODECS}; a codec without any is left out. */
export function byCodec<T extends { encoder: EncoderName }>(rungs: readonly T[]): T[][] {
  return VIDEO_CODECS.map((codec) =>
    rungs.filter(({ encoder }) => codecOf(encoder) === codec),
  ).filter((ladder) => ladder.length > 0);
}

/** Arguments that open the devices some encoders use, before any input. */
export function deviceArgs(encoders: readonly EncoderName[]): string[] {
  return [...new Set(encoders)].flatMap((encoder) => [...(ENCODERS[encoder].deviceArgs ?? [])]);
}

/** The filter that takes frames to an encoder's memory; undefined where it takes them as they are. */
export function uploadFilter(encoder: EncoderName): string | undefined {
  return ENCODERS[encoder].upload;
}

/** What an encoder is asked for. */
export interface EncoderTask {
  /** One of x264's presets. */
  preset: string;
  bFrames: number;
  /** As the encoder counts; those in hardware take x264's. */
  crf: number;
  maxBitrateBps: number;
  /** Frames of a GOP, at most. */
  gopFrames: number;
  /** The value of `-force_key_frames`. */
  keyFrames: string;
}

/** How much an encoder's buffer holds, in seconds at the capped bitrate. */
const VBV_SECONDS = 1.5;

/** ffmpeg's arguments for one encoder: closed GOPs, an even quality below the cap, tagged BT.709. */
export function encoderArgs(encoder: EncoderName, task: EncoderTask): string[] {
  const { ffmpegName, form, quality, noOtherKeyFrames, forcedKeyFrames } = ENCODERS[encoder];
  const { preset, bFrames, crf, maxBitrateBps, gopFrames, keyFrames } = task;
  return [
    ...['-c:v', ffmpegName, ...form(preset), '-bf', `${bFrames}`],
    ...[...quality(crf, maxBitrateBps), '-maxrate', `${maxBitrateBps}`],
    ...['-bufsize', `${Math.round(maxBitrateBps * VBV_SECONDS)}`],
    ...['-g', `${gopFrames}`, '-keyint_min', `${gopFrames}`, ...noOtherKeyFrames],
    ...['-flags', '+cgop'],
    ...(forcedKeyFrames ? ['-force_key_frames', keyFrames, ...forcedKeyFrames] : []),
    ...['-color_primaries', 'bt709', '-color_trc', 'bt709', '-colorspace', 'bt709'],
    ...['-color_range', 'tv'],
  ];
}
