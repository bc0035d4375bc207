import { z } from 'zod';
import { encodedFrameRate, framesPerSecond, type FrameRate } from './frame-rate.js';
import { HoverPreviewSchema, planHoverPreview } from './hover-preview.js';
import { ladderFor } from './ladder.js';
import type { AudioTrack, SourceInfo, VideoTrack } from './source-info.js';
import { planSubtitles, SubtitleRenditionSchema } from './subtitle-plan.js';
import { trackName } from './track-name.js';
import { planStoryboard, StoryboardSchema } from './storyboard.js';

/** What an operator may choose; the plan keeps every choice it used, so a stored plan is complete. */
export interface EncodingSettings {
  /** Short sides of the ladder's rungs, in pixels. */
  rungShortSides: readonly number[];
  maxFrameRate: number;
  /** x264's preset: `ultrafast` to `veryslow`. */
  preset: string;
  /** x264's constant rate factor: lower is better and larger. */
  crf: number;
  /**
   * Consecutive B-frames. They save some 7 % of the bits at equal quality, and cost a quarter more time
   * and negative composition offsets, which players built on libavformat show as late video. 0 has the
   * first frame at 0 in every player.
   */
  bFrames: number;
  audioBitrateBps: number;
  /** Further audio tracks of a source are left out. */
  maxAudioTracks: number;
  thumbnailWidth: number;
  posterMaxWidth: number;
  previewMaxWidth: number;
}

export const DEFAULT_ENCODING_SETTINGS: EncodingSettings = {
  rungShortSides: [240, 360, 480, 720, 1080],
  maxFrameRate: 60,
  preset: 'veryfast',
  crf: 23,
  bFrames: 0,
  audioBitrateBps: 128_000,
  maxAudioTracks: 8,
  thumbnailWidth: 320,
  posterMaxWidth: 1280,
  previewMaxWidth: 320,
};

const GOP_SECONDS = 2;
const SEGMENT_SECONDS = 4;
const POSTER_AT = 0.1;

/** Audio that outlasts the picture by less than this needs no frozen last frame. */
const UNNOTICED_SECONDS = 0.5;

const FolderSchema = z.string().regex(/^[a-z0-9][a-z0-9-]*$/i);
const SizeSchema = z.object({ width: z.int().positive(), height: z.int().positive() });

/** How the decoded picture becomes SDR, progressive, square-pixelled frames on a steady clock. */
const PictureSchema = z.object({
  streamIndex: z.int().nonnegative(),
  /** Subtracted from every timestamp so that frames fall on the output's frame grid. */
  shiftSeconds: z.number(),
  deinterlace: z.boolean(),
  /** The HDR transfer to tone-map from; absent for SDR. */
  toneMapFrom: z.enum(['smpte2084', 'arib-std-b67']).optional(),
  /** Matrix of the source's luma and chroma, as the scale filter names it. */
  matrix: z.enum(['bt601', 'bt709', 'bt2020', 'smpte240m', 'fcc']),
  /** How long the last frame stays, where the audio outlasts the picture. */
  freezeSeconds: z.number().nonnegative(),
});

const VideoRenditionSchema = SizeSchema.extend({
  /** Name of the rendition's folder: stable for a rung. */
  folder: FolderSchema,
  name: z.string(),
  maxBitrateBps: z.int().positive(),
  crf: z.number(),
});

const AudioRenditionSchema = z.object({
  folder: FolderSchema,
  streamIndex: z.int().nonnegative(),
  language: z.string().optional(),
  /** Unique among the plan's audio: RFC 8216 4.3.4.1.1 asks it of NAME in a group. */
  name: z.string(),
  isDefault: z.boolean(),
  /**
   * True where the decoder itself can mix down to stereo. Broadcasts switch AC-3 between 5.1 and stereo,
   * and a filter graph cannot follow: the decoder's output has to stay the same.
   */
  decoderDownmix: z.boolean(),
  channels: z.literal(2),
  sampleRateHz: z.literal(48_000),
  bitrateBps: z.int().positive(),
});

const StillsSchema = z.object({
  /** The frame shown, counted on the output's frame grid. */
  frame: z.int().nonnegative(),
  thumbnail: SizeSchema,
  poster: SizeSchema,
  storyboard: StoryboardSchema.optional(),
  preview: HoverPreviewSchema.optional(),
});

const EncodingRunSchema = z.object({
  id: z.string(),
  preset: z.string(),
  bFrames: z.int().min(0).max(16),
  picture: PictureSchema,
  video: z.array(VideoRenditionSchema),
  audio: z.array(AudioRenditionSchema),
  stills: StillsSchema.optional(),
});

/** Shape of an {@link EncodingPlan} stored as JSON. */
export const EncodingPlanSchema = z.object({
  version: z.literal(1),
  durationSeconds: z.number().positive(),
  frameRate: z.object({ numerator: z.int().positive(), denominator: z.int().positive() }),
  gopSeconds: z.number().positive(),
  segmentSeconds: z.number().positive(),
  /** One ffmpeg invocation each; their renditions together make the title. */
  runs: z.array(EncodingRunSchema).min(1),
  /** Text subtitles in the source. Plans from before there were any have none. */
  subtitles: z.array(SubtitleRenditionSchema).default([]),
});

/** Everything the encoder has to know of a source and its outputs. */
export type EncodingPlan = z.infer<typeof EncodingPlanSchema>;
export type EncodingRun = z.infer<typeof EncodingRunSchema>;
export type VideoRendition = z.infer<typeof VideoRenditionSchema>;
export type AudioRendition = z.infer<typeof AudioRenditionSchema>;
export type Picture = z.infer<typeof PictureSchema>;
export type Stills = z.infer<typeof StillsSchema>;

/** Decides how a source is encoded. The same source and settings always give the same plan. */
export function planEncoding(
  source: SourceInfo,
  settings: EncodingSettings = DEFAULT_ENCODING_SETTINGS,
): EncodingPlan {
  const { durationSeconds, video } = source;
  const frameRate = encodedFrameRate(video, settings.maxFrameRate);
  const rungs = ladderFor({ ...video, frameRate: framesPerSecond(frameRate) }, settings);
  return {
    version: 1,
    durationSeconds,
    frameRate,
    gopSeconds: GOP_SECONDS,
    segmentSeconds: SEGMENT_SECONDS,
    runs: [
      {
        id: 'main',
        preset: settings.preset,
        bFrames: settings.bFrames,
        picture: picture(video, durationSeconds, frameRate),
        video: rungs.map((rung) => ({ folder: `v${rung.name}`, ...rung })),
        audio: audioRenditions(source.audio.slice(0, settings.maxAudioTracks), settings),
        stills: stills(rungs.at(-1) ?? video, durationSeconds, frameRate, settings),
      },
    ],
    subtitles: planSubtitles(source.subtitles),
  };
}

function picture(video: VideoTrack, durationSeconds: number, frameRate: FrameRate): Picture {
  const { index, startSeconds, endSeconds, interlaced, color } = video;
  const missing = durationSeconds - (endSeconds ?? durationSeconds);
  return {
    streamIndex: index,
    shiftSeconds: gridShift(startSeconds, framesPerSecond(frameRate)),
    deinterlace: interlaced,
    toneMapFrom:
      color.transfer === 'smpte2084' || color.transfer === 'arib-std-b67'
        ? color.transfer
        : undefined,
    matrix: matrixOf(video),
    freezeSeconds: missing > UNNOTICED_SECONDS ? missing : 0,
  };
}

/**
 * A picture that starts between two frames of the grid (audio priming moves it by some milliseconds)
 * would be rounded now up, now down; it is moved onto the grid by less than one frame.
 */
function gridShift(startSeconds: number, fps: number): number {
  const frames = startSeconds * fps;
  return (frames - (frames < 1 ? 0 : Math.round(frames))) / fps;
}

/** From ffprobe's names to those of the scale filter. */
const MATRICES: Readonly<Record<string, Picture['matrix']>> = {
  bt709: 'bt709',
  smpte240m: 'smpte240m',
  fcc: 'fcc',
  bt470bg: 'bt601',
  smpte170m: 'bt601',
  bt2020nc: 'bt2020',
  bt2020c: 'bt2020',
};

/** Untagged video follows the convention of its time: BT.601 for standard definition, else BT.709. */
function matrixOf({ color, width, height }: VideoTrack): Picture['matrix'] {
  const byConvention = width >= 1280 || height >= 720 ? 'bt709' : 'bt601';
  return MATRICES[color.matrix ?? ''] ?? byConvention;
}

function audioRenditions(tracks: AudioTrack[], settings: EncodingSettings): AudioRendition[] {
  const names = new Set<string>();
  const preferred = Math.max(
    0,
    tracks.findIndex((track) => track.isDefault),
  );
  return tracks.map((track, position) => ({
    folder: track.language ? `a${position}-${track.language}` : `a${position}`,
    streamIndex: track.index,
    language: track.language,
    name: trackName(track, `Audio ${position + 1}`, names),
    isDefault: position === preferred,
    decoderDownmix: track.codec === 'ac3' || track.codec === 'eac3',
    channels: 2,
    sampleRateHz: 48_000,
    bitrateBps: settings.audioBitrateBps,
  }));
}

function stills(
  top: { width: number; height: number },
  durationSeconds: number,
  frameRate: FrameRate,
  { thumbnailWidth, posterMaxWidth, previewMaxWidth }: EncodingSettings,
): Stills {
  return {
    frame: Math.floor(durationSeconds * POSTER_AT * framesPerSecond(frameRate)),
    thumbnail: fitWidth(top, thumbnailWidth),
    poster: fitWidth(top, posterMaxWidth),
    storyboard: planStoryboard(durationSeconds, top),
    preview: planHoverPreview(durationSeconds, frameRate, fitWidth(top, previewMaxWidth)),
  };
}

function fitWidth({ width, height }: { width: number; height: number }, maxWidth: number) {
  const scale = Math.min(1, maxWidth / width);
  return { width: evenAtLeast2(width * scale), height: evenAtLeast2(height * scale) };
}

function evenAtLeast2(side: number): number {
  return Math.max(2, 2 * Math.round(side / 2));
}
