import type { KeyFrames } from './key-frame-meter.js';

interface Track {
  /** Index of the stream in the source, as in ffmpeg's `0:{index}`. */
  index: number;
  codec: string;
}

interface Color {
  /** Names as ffmpeg spells them (`bt709`, `smpte2084`, `bt2020nc`); absent when the source is silent. */
  primaries?: string | undefined;
  transfer?: string | undefined;
  matrix?: string | undefined;
  /** True for PQ and HLG, the two transfer functions of ITU-R BT.2100. */
  hdr: boolean;
}

export interface VideoTrack extends Track {
  profile?: string | undefined;
  pixelFormat?: string | undefined;
  bitDepth: number;
  /** Coded size in samples. */
  width: number;
  height: number;
  /** Size as a viewer sees it: square pixels, rotation applied. */
  displayWidth: number;
  displayHeight: number;
  /** Clockwise turn the player applies: 0 to 359. */
  rotationDegrees: number;
  /** Width of one pixel divided by its height. */
  sampleAspectRatio: number;
  /** Average frames per second. */
  frameRate?: number | undefined;
  /** Frames per second of the grid on which all timestamps lie; a multiple of frameRate when it varies. */
  nominalFrameRate?: number | undefined;
  interlaced: boolean;
  color: Color;
  bitrateBps?: number | undefined;
  /** When the first frame shows, in seconds after the start of the file. */
  startSeconds: number;
  /** When the last frame ends, in seconds after the start of the file; absent until measured. */
  endSeconds?: number | undefined;
  /** Absent unless the bitstream might be used as it is, and its key frames were found. */
  keyFrames?: KeyFrames | undefined;
}

export interface AudioTrack extends Track {
  channels: number;
  sampleRateHz: number;
  /** BCP 47 tag (RFC 5646); absent when the source does not say. */
  language?: string | undefined;
  title?: string | undefined;
  isDefault: boolean;
}

export interface SubtitleTrack extends Track {
  language?: string | undefined;
  title?: string | undefined;
  isDefault: boolean;
  isForced: boolean;
}

/** What the headers of a source say, before its packets are looked at. */
export interface SourceDescription {
  /** ffmpeg's demuxer name, such as `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  /** Timestamp of the file's start; other times are counted from it. */
  startSeconds: number;
  /** What the container says of its own duration: a claim, to be measured. */
  claimedDurationSeconds?: number | undefined;
  bitrateBps?: number | undefined;
  video: VideoTrack;
  audio: AudioTrack[];
  subtitles: SubtitleTrack[];
}

/** A source that can be planned: described by its headers, its duration measured. */
export interface SourceInfo extends SourceDescription {
  /** What really plays, measured from the packets' timestamps. */
  durationSeconds: number;
}
