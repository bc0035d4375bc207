import { z } from 'zod';

const TrackSchema = z.object({
  /** Index of the stream in the source, as in ffmpeg's `0:{index}`. */
  index: z.int().nonnegative(),
  codec: z.string(),
});

const ColorSchema = z.object({
  /** Names as ffmpeg spells them (`bt709`, `smpte2084`, `bt2020nc`); absent when the source is silent. */
  primaries: z.string().optional(),
  transfer: z.string().optional(),
  matrix: z.string().optional(),
  /** True for PQ and HLG, the two transfer functions of ITU-R BT.2100. */
  hdr: z.boolean(),
});

const VideoTrackSchema = TrackSchema.extend({
  profile: z.string().optional(),
  pixelFormat: z.string().optional(),
  bitDepth: z.int().positive(),
  /** Coded size in samples. */
  width: z.int().positive(),
  height: z.int().positive(),
  /** Size as a viewer sees it: square pixels, rotation applied. */
  displayWidth: z.int().positive(),
  displayHeight: z.int().positive(),
  /** Clockwise turn the player applies: 0 to 359. */
  rotationDegrees: z.number(),
  /** Width of one pixel divided by its height. */
  sampleAspectRatio: z.number().positive(),
  /** Average frames per second. */
  frameRate: z.number().positive().optional(),
  /** Frames per second of the grid on which all timestamps lie; a multiple of frameRate when it varies. */
  nominalFrameRate: z.number().positive().optional(),
  interlaced: z.boolean(),
  color: ColorSchema,
  bitrateBps: z.number().positive().optional(),
  /** When the first frame shows, in seconds after the start of the file. */
  startSeconds: z.number(),
  /** When the last frame ends, in seconds after the start of the file; absent until measured. */
  endSeconds: z.number().optional(),
});

const AudioTrackSchema = TrackSchema.extend({
  channels: z.int().positive(),
  sampleRateHz: z.int().positive(),
  /** BCP 47 tag (RFC 5646); absent when the source does not say. */
  language: z.string().optional(),
  title: z.string().optional(),
  isDefault: z.boolean(),
});

const SubtitleTrackSchema = TrackSchema.extend({
  language: z.string().optional(),
  title: z.string().optional(),
  isDefault: z.boolean(),
  isForced: z.boolean(),
});

const SourceDescriptionSchema = z.object({
  /** ffmpeg's demuxer name, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: z.string(),
  /** Timestamp of the file's start; other times are counted from it. */
  startSeconds: z.number(),
  /** What the container says of its own duration: a claim, to be measured. */
  claimedDurationSeconds: z.number().positive().optional(),
  bitrateBps: z.number().positive().optional(),
  video: VideoTrackSchema,
  audio: z.array(AudioTrackSchema),
  subtitles: z.array(SubtitleTrackSchema),
});

/** Shape of a {@link SourceInfo}. */
const SourceInfoSchema = SourceDescriptionSchema.extend({
  /** What really plays, measured from the packets' timestamps. */
  durationSeconds: z.number().positive(),
});

/** What the headers of a source say, before its packets are looked at. */
export type SourceDescription = z.infer<typeof SourceDescriptionSchema>;

/** A source that can be planned: described by its headers, its duration measured. */
export type SourceInfo = z.infer<typeof SourceInfoSchema>;

export type VideoTrack = z.infer<typeof VideoTrackSchema>;
export type AudioTrack = z.infer<typeof AudioTrackSchema>;
export type SubtitleTrack = z.infer<typeof SubtitleTrackSchema>;
