import { framesPerSecond } from './frame-rate.js';
import type { EncodingPlan } from './plan.js';

/** Frames in one closed GOP: a whole number near {@link EncodingPlan.gopSeconds}. */
export function gopFrames({ frameRate, gopSeconds }: EncodingPlan): number {
  return Math.max(1, Math.round(gopSeconds * framesPerSecond(frameRate)));
}

/**
 * How long a full video segment really lasts: a whole number of GOPs, so 4.004 s at 30000/1001. Cutting
 * at this length, not at 4 s, keeps an NTSC title from drifting into one short segment in 500.
 */
export function exactSegmentSeconds(plan: EncodingPlan): number {
  const gopsPerSegment = Math.max(1, Math.round(plan.segmentSeconds / plan.gopSeconds));
  return (gopsPerSegment * gopFrames(plan)) / framesPerSecond(plan.frameRate);
}
