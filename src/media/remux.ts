import { framesPerSecond, type FrameRate } from './frame-rate.js';
import { LONGEST_SEGMENT, TOLERANCE_SECONDS } from './segment-cutter.js';
import type { SourceInfo } from './source-info.js';

/** What the top rung of the ladder would be, were it encoded. */
interface TopRung {
  width: number;
  height: number;
  maxBitrateBps: number;
}

/** Every player that knows H.264 in MP4 knows these. */
const PROFILES = ['Constrained Baseline', 'Main', 'High'];

/** Two measurements of one rate differ by less. */
const SAME_RATE = 0.01;

/** Frames are decoded a little before they are shown, and the measured end is that of either. */
const SAME_LENGTH_SECONDS = 0.25;

/**
 * Whether players can be given the source's own bitstream as its top rung: H.264 as they know it, of the
 * size and the bit rate the rung would have, of no higher frame rate, with key frames to cut at.
 */
export function isRemuxable(
  { durationSeconds, bitrateBps, video }: SourceInfo,
  rung: TopRung,
  frameRate: FrameRate,
  segmentSeconds: number,
): boolean {
  const fps = framesPerSecond(frameRate);
  const { keyFrames, color } = video;
  return (
    mayBeRemuxed(video) &&
    keyFrames !== undefined &&
    keyFrames.longestGapSeconds <= LONGEST_SEGMENT * segmentSeconds + TOLERANCE_SECONDS / 2 &&
    Math.abs(keyFrames.seconds - durationSeconds) <= SAME_LENGTH_SECONDS &&
    keyFrames.frames <= keyFrames.seconds * fps * (1 + SAME_RATE) + 1 &&
    video.width === rung.width &&
    video.height === rung.height &&
    video.startSeconds * fps < 1 &&
    (video.bitrateBps ?? bitrateBps ?? Number.POSITIVE_INFINITY) <= rung.maxBitrateBps &&
    !color.hdr &&
    color.primaries !== 'bt2020'
  );
}

/** What can be told before the frames are looked at, so that other sources need not be. */
export function mayBeRemuxed(video: SourceInfo['video']): boolean {
  return (
    video.codec === 'h264' &&
    PROFILES.includes(video.profile ?? '') &&
    video.pixelFormat === 'yuv420p' &&
    !video.interlaced &&
    video.rotationDegrees === 0 &&
    video.sampleAspectRatio === 1
  );
}
