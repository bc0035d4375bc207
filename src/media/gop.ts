import { takesKeyFrames } from './encoders.js';
import type { EncodingPlan, VideoRendition } from './encoding-plan.js';
import { framesPerSecond } from './frame-rate.js';
import { LONGEST_SEGMENT, type SegmentLengths } from './segment-cutter.js';

/** Frames in one closed GOP: a whole number near {@link EncodingPlan.gopSeconds}. */
export function gopFrames({ frameRate, gopSeconds }: EncodingPlan): number {
  return Math.max(1, Math.round(gopSeconds * framesPerSecond(frameRate)));
}

/**
 * How long segments really last: a whole number of GOPs, so 4.004 s at 30000/1001. Cutting at this length,
 * not at 4 s, keeps an NTSC title from drifting into one short segment in 500.
 */
export function segmentLengths(plan: EncodingPlan): SegmentLengths {
  const gopsPerSegment = Math.max(1, Math.round(plan.segmentSeconds / plan.gopSeconds));
  const gopSeconds = gopFrames(plan) / framesPerSecond(plan.frameRate);
  return { segmentSeconds: gopsPerSegment * gopSeconds, firstSeconds: gopSeconds };
}

/**
 * Frames of a GOP at most, where the source decides about the key frames: its fastest part may be many times
 * as fast as the average, and no encoder is to get there by itself. Some count them in 16 bits.
 */
export const SOURCE_GOP_FRAMES = 30_000;

/**
 * Whether a rung has the frames of the source, with their times and key frames. An encoder that cannot be
 * told about key frames counts, which takes a steady rate to come to GOPs of a known length.
 */
export function followsSource(plan: EncodingPlan, { encoder }: VideoRendition): boolean {
  return plan.keyFrames === 'source' && takesKeyFrames(encoder);
}

/**
 * The target duration of the plan's playlists, which may not change while they grow (RFC 8216 6.2.1):
 * where a source decides about the key frames, its segments may become as long as any may.
 */
export function targetSeconds({ keyFrames, segmentSeconds }: EncodingPlan): number {
  return keyFrames === 'source' ? LONGEST_SEGMENT * segmentSeconds : segmentSeconds;
}
