import { z } from 'zod';
import { EncoderSchema } from './encoders.js';
import { HoverPreviewSchema } from './hover-preview.js';
import { StoryboardSchema } from './storyboard.js';
import { SubtitleRenditionSchema } from './subtitle-plan.js';

/** Id of a run that makes a title playable while its other runs may still wait for their turn. */
export const FIRST_RUN = 'first';

const FolderSchema = z.string().regex(/^[a-z0-9][a-z0-9-]*$/i);
const SizeSchema = z.object({ width: z.int().positive(), height: z.int().positive() });

/** How the decoded picture becomes SDR, progressive, square-pixelled frames. */
const PictureSchema = z.object({
  streamIndex: z.int().nonnegative(),
  /** Subtracted from every timestamp so that frames fall on the frame grid, where there is one. */
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
  /** Not asked where the rung is a bitstream. Plans from before there was a choice have x264. */
  encoder: EncoderSchema.default('x264'),
  maxBitrateBps: z.int().positive(),
  crf: z.number(),
});

/** As EBU R 128 measures it: over the whole track, between its quiet and loud parts, and at its peaks. */
const LoudnessSchema = z.object({
  integratedLufs: z.number(),
  rangeLu: z.number(),
  truePeakDb: z.number(),
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
  /** What it is normalised to, where it is. */
  loudness: LoudnessSchema.optional(),
});

const StillsSchema = z.object({
  /** The frame shown, counted on the output's frame grid. */
  frame: z.int().nonnegative(),
  thumbnail: SizeSchema,
  poster: SizeSchema,
  storyboard: StoryboardSchema.optional(),
  preview: HoverPreviewSchema.optional(),
});

const BitstreamSchema = z.object({
  /**
   * Code of primaries, transfer and matrix (ITU-T H.273) for a bitstream that leaves one of them open: 1 is
   * BT.709, 6 BT.601.
   */
  color: z.union([z.literal(1), z.literal(6)]).optional(),
});

const EncodingRunSchema = z.object({
  id: z.string(),
  /** Set where the one rung of the run is not encoded, but the source's own bitstream. */
  bitstream: BitstreamSchema.optional(),
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
  /** Where GOPs begin: at a steady distance, or with those of a source whose bitstream is the top rung. */
  keyFrames: z.enum(['steady', 'source']).default('steady'),
  /**
   * One ffmpeg invocation each; their renditions together make the title. The first one makes it playable:
   * it has all the sound.
   */
  runs: z.array(EncodingRunSchema).min(1),
  /** Text subtitles in the source. Plans from before there were any have none. */
  subtitles: z.array(SubtitleRenditionSchema).default([]),
});

/** Everything the encoder has to know of a source and its outputs. */
export type EncodingPlan = z.infer<typeof EncodingPlanSchema>;
export type EncodingRun = z.infer<typeof EncodingRunSchema>;
export type VideoRendition = z.infer<typeof VideoRenditionSchema>;
export type Loudness = z.infer<typeof LoudnessSchema>;
export type AudioRendition = z.infer<typeof AudioRenditionSchema>;
export type Picture = z.infer<typeof PictureSchema>;
export type Bitstream = z.infer<typeof BitstreamSchema>;
export type Stills = z.infer<typeof StillsSchema>;
