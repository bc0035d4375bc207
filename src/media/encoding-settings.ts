import type { EncoderName } from './encoders.js';
import type { Loudness } from './encoding-plan.js';

/** What an operator may choose; the plan keeps every choice it used, so a stored plan is complete. */
export interface EncodingSettings {
  /** Short sides of the ladder's rungs, in pixels. */
  rungShortSides: readonly number[];
  maxFrameRate: number;
  /** That of H.264, and those of the codecs that come beside it. */
  encoders: readonly [EncoderName, ...EncoderName[]];
  /** x264's preset: `ultrafast` to `veryslow`. */
  preset: string;
  /** Whether the bitstream of a source may be its top rung. */
  remux: boolean;
  /** x264's constant rate factor: lower is better and larger. */
  crf: number;
  /**
   * Consecutive B-frames. They save some 7 % of the bits at equal quality, and cost a quarter more time
   * and negative composition offsets, which players built on libavformat show as late video. 0 has the
   * first frame at 0 in every player.
   */
  bFrames: number;
  audioBitrateBps: number;
  /** How loud sound is made; undefined leaves it as it is. */
  loudness: Loudness | undefined;
  /** Further audio tracks of a source are left out. */
  maxAudioTracks: number;
  thumbnailWidth: number;
  posterMaxWidth: number;
  previewMaxWidth: number;
}

export const DEFAULT_ENCODING_SETTINGS: EncodingSettings = {
  rungShortSides: [240, 360, 480, 720, 1080],
  maxFrameRate: 60,
  encoders: ['x264'],
  preset: 'veryfast',
  remux: true,
  crf: 23,
  bFrames: 0,
  audioBitrateBps: 128_000,
  loudness: undefined,
  maxAudioTracks: 8,
  thumbnailWidth: 320,
  posterMaxWidth: 1280,
  previewMaxWidth: 320,
};

/**
 * In the middle of what AES TD1004.1 recommends for streams, -20 to -16 LUFS: loud enough for a phone, which
 * EBU R 128's -23 for broadcasts is not, with room for what is loud in a film. The peak leaves AAC room to
 * overshoot.
 */
export const STREAMED_LOUDNESS: Loudness = { integratedLufs: -18, rangeLu: 11, truePeakDb: -1.5 };
