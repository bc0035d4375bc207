import { z } from 'zod';
import { languageTag } from './language-tag.js';
import { MediaFault } from './media-fault.js';
import type { AudioTrack, SourceDescription, SubtitleTrack, VideoTrack } from './source-info.js';

/** Limits checked before anything is decoded. */
export interface SourceBounds {
  /** Widest and highest picture, in pixels, coded and displayed. */
  maxSidePixels: number;
  maxStreams: number;
  maxDurationSeconds: number;
  /** Pictures to be decoded; a file of a few bytes can claim any number of them. */
  maxFrames: number;
}

export const DEFAULT_SOURCE_BOUNDS: SourceBounds = {
  maxSidePixels: 8192,
  maxStreams: 64,
  maxDurationSeconds: 24 * 3600,
  maxFrames: 10_000_000,
};

/** Titles of tracks are shown in menus, and stand in playlists. */
const MAX_TITLE_CHARACTERS = 200;

const StreamSchema = z.object({
  index: z.int(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  profile: z.string().optional(),
  pix_fmt: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  sample_aspect_ratio: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  field_order: z.string().optional(),
  bits_per_raw_sample: z.string().optional(),
  color_primaries: z.string().optional(),
  color_transfer: z.string().optional(),
  color_space: z.string().optional(),
  start_time: z.string().optional(),
  bit_rate: z.string().optional(),
  nb_frames: z.string().optional(),
  channels: z.number().optional(),
  sample_rate: z.string().optional(),
  disposition: z.record(z.string(), z.number()).default({}),
  tags: z.record(z.string(), z.string()).default({}),
  side_data_list: z.array(z.object({ rotation: z.number().optional() })).default([]),
});
type Stream = z.infer<typeof StreamSchema>;

const ProbeSchema = z.object({
  format: z.object({
    format_name: z.string(),
    start_time: z.string().optional(),
    duration: z.string().optional(),
    bit_rate: z.string().optional(),
  }),
  streams: z.array(StreamSchema),
});

/**
 * Reads the JSON that `ffprobe -show_format -show_streams -of json` prints.
 * @throws MediaFault when it is no video, or a video out of bounds
 * @throws z.ZodError when the JSON is not ffprobe's
 */
export function parseProbe(json: string, bounds = DEFAULT_SOURCE_BOUNDS): SourceDescription {
  const { format, streams } = ProbeSchema.parse(JSON.parse(json));
  if (isImageFormat(format.format_name)) throw new MediaFault('source.not_a_video');
  if (streams.length > bounds.maxStreams) {
    throw new MediaFault('source.too_many_streams', `${streams.length} streams`);
  }
  const startSeconds = finite(format.start_time) ?? 0;
  const claimedDurationSeconds = positive(format.duration);
  assertDuration(claimedDurationSeconds ?? 0, bounds);
  const video = videoTrack(streams, startSeconds);
  assertDimensions(video, bounds);
  const stream = streams.find(({ index }) => index === video.index);
  assertFrames(finite(stream?.nb_frames) ?? 0, bounds);
  return {
    container: format.format_name,
    startSeconds,
    claimedDurationSeconds,
    bitrateBps: positive(format.bit_rate),
    video,
    audio: streams.flatMap(audioTrack),
    subtitles: streams.flatMap(subtitleTrack),
  };
}

/** @throws MediaFault `source.too_long` */
export function assertDuration(durationSeconds: number, bounds = DEFAULT_SOURCE_BOUNDS): void {
  if (durationSeconds > bounds.maxDurationSeconds) {
    throw new MediaFault('source.too_long', `${durationSeconds} s`);
  }
}

/** @throws MediaFault `source.too_many_frames` */
export function assertFrames(frames: number, bounds = DEFAULT_SOURCE_BOUNDS): void {
  if (frames > bounds.maxFrames) {
    throw new MediaFault('source.too_many_frames', `${frames} frames`);
  }
}

function isImageFormat(name: string): boolean {
  return name.startsWith('image2') || name.endsWith('_pipe') || name === 'gif';
}

/** The first moving picture that is meant to be watched: the default one when several are marked. */
function videoTrack(streams: Stream[], fileStartSeconds: number): VideoTrack {
  const candidates = streams.filter((s) => s.codec_type === 'video' && !isStillPicture(s));
  const stream = candidates.find((s) => s.disposition['default'] === 1) ?? candidates[0];
  if (stream === undefined) throw new MediaFault('source.no_video_stream');
  const { codec_name: codec, width, height } = stream;
  if (codec === undefined || codec === 'unknown') throw new MediaFault('source.unsupported_codec');
  if (!width || !height) throw new MediaFault('source.unreadable', 'no picture size');

  const sampleAspectRatio = pixelShape(stream.sample_aspect_ratio);
  const rotationDegrees = clockwiseRotation(stream);
  const squareWidth = Math.max(1, Math.round(width * sampleAspectRatio));
  const sideways = rotationDegrees === 90 || rotationDegrees === 270;
  return {
    index: stream.index,
    codec,
    profile: known(stream.profile),
    pixelFormat: known(stream.pix_fmt),
    bitDepth: bitDepth(stream),
    width,
    height,
    displayWidth: sideways ? height : squareWidth,
    displayHeight: sideways ? squareWidth : height,
    rotationDegrees,
    sampleAspectRatio,
    frameRate: framesPerSecond(stream.avg_frame_rate),
    nominalFrameRate: framesPerSecond(stream.r_frame_rate),
    interlaced: ['tt', 'bb', 'tb', 'bt'].includes(stream.field_order ?? ''),
    color: {
      primaries: known(stream.color_primaries),
      transfer: known(stream.color_transfer),
      matrix: known(stream.color_space),
      hdr: ['smpte2084', 'arib-std-b67'].includes(stream.color_transfer ?? ''),
    },
    bitrateBps: positive(stream.bit_rate),
    startSeconds: Math.max(0, (finite(stream.start_time) ?? fileStartSeconds) - fileStartSeconds),
  };
}

function isStillPicture({ disposition }: Stream): boolean {
  return ['attached_pic', 'timed_thumbnails', 'still_image'].some(
    (flag) => disposition[flag] === 1,
  );
}

function assertDimensions(video: VideoTrack, { maxSidePixels }: SourceBounds): void {
  const { width, height, displayWidth, displayHeight } = video;
  if (Math.max(width, height, displayWidth, displayHeight) > maxSidePixels) {
    throw new MediaFault('source.too_large_dimensions', `${displayWidth}x${displayHeight}`);
  }
}

/** Sizes are even numbers, so 854x480 stretched to 16:9 has pixels of 1281:1280: nobody means that. */
const NEARLY_SQUARE = 0.01;

/** Absurd ratios are encoder bugs, not anamorphic pictures: players show those as square pixels. */
function pixelShape(ratio: string | undefined): number {
  const value = quotient(ratio, ':');
  const isMeant = value !== undefined && value >= 1 / 8 && value <= 8;
  return isMeant && Math.abs(value - 1) > NEARLY_SQUARE ? value : 1;
}

/** ffprobe gives the display matrix's angle counterclockwise; old files carry a clockwise tag. */
function clockwiseRotation({ side_data_list, tags }: Stream): number {
  const matrix = side_data_list.find((entry) => entry.rotation !== undefined)?.rotation;
  const clockwise = matrix === undefined ? (finite(tags['rotate']) ?? 0) : -matrix;
  return (((Math.round(clockwise) % 360) + 360) % 360) + 0;
}

function bitDepth({ bits_per_raw_sample, pix_fmt }: Stream): number {
  const suffix = /(?:p|gray|rgb|bgr)(9|10|12|14|16)(?:le|be)?$/.exec(pix_fmt ?? '')?.[1];
  return positive(bits_per_raw_sample) ?? positive(suffix) ?? 8;
}

/** Rates above 500 are the millisecond grid of a container that knows no frame rate. */
function framesPerSecond(rate: string | undefined): number | undefined {
  const value = quotient(rate, '/');
  return value !== undefined && value <= 500 ? value : undefined;
}

function audioTrack(stream: Stream): AudioTrack[] {
  const { codec_name: codec, channels, disposition, tags } = stream;
  const sampleRateHz = positive(stream.sample_rate);
  if (stream.codec_type !== 'audio' || !codec || !channels || !sampleRateHz) return [];
  return [
    {
      index: stream.index,
      codec,
      channels,
      sampleRateHz,
      language: languageTag(tags['language']),
      title: tags['title']?.slice(0, MAX_TITLE_CHARACTERS),
      isDefault: disposition['default'] === 1,
    },
  ];
}

function subtitleTrack({
  index,
  codec_type,
  codec_name,
  disposition,
  tags,
}: Stream): SubtitleTrack[] {
  if (codec_type !== 'subtitle' || !codec_name) return [];
  return [
    {
      index,
      codec: codec_name,
      language: languageTag(tags['language']),
      title: tags['title']?.slice(0, MAX_TITLE_CHARACTERS),
      isDefault: disposition['default'] === 1,
      isForced: disposition['forced'] === 1,
    },
  ];
}

function known(name: string | undefined): string | undefined {
  return name === 'unknown' || name === 'reserved' ? undefined : name;
}

function finite(text: string | undefined): number | undefined {
  const value = Number.parseFloat(text ?? '');
  return Number.isFinite(value) ? value : undefined;
}

function positive(text: string | undefined): number | undefined {
  const value = finite(text);
  return value !== undefined && value > 0 ? value : undefined;
}

function quotient(text: string | undefined, separator: string): number | undefined {
  const [numerator, denominator] = (text ?? '').split(separator).map(Number);
  const value = (numerator ?? Number.NaN) / (denominator ?? Number.NaN);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
