import { z } from 'zod';
import { framesPerSecond, type FrameRate } from './frame-rate.js';

const LENGTH_SECONDS = 3;
const STARTS_AT = 0.2;
const MAX_FRAME_RATE = 15;

const Count = z.int().positive();

/** Shape of a {@link HoverPreview} stored as JSON. */
export const HoverPreviewSchema = z.object({
  width: Count,
  height: Count,
  /** The first frame, counted on the output's frame grid. */
  startFrame: z.int().nonnegative(),
  /** The first frame behind the preview. */
  endFrame: Count,
  /** One frame of so many is shown. */
  frameStep: Count,
});

/** Some silent seconds of a title, small and at a low frame rate. */
export type HoverPreview = z.infer<typeof HoverPreviewSchema>;

/**
 * Chooses three seconds from a fifth of the title on; a title that is shorter than that is shown whole.
 * @param size of the preview, in pixels
 */
export function planHoverPreview(
  durationSeconds: number,
  frameRate: FrameRate,
  size: { width: number; height: number },
): HoverPreview {
  const fps = framesPerSecond(frameRate);
  const frames = Math.max(1, Math.round(durationSeconds * fps));
  const shown = Math.min(frames, Math.max(1, Math.round(LENGTH_SECONDS * fps)));
  const startFrame = Math.min(Math.floor(frames * STARTS_AT), frames - shown);
  return {
    ...size,
    startFrame,
    endFrame: startFrame + shown,
    frameStep: Math.ceil(fps / MAX_FRAME_RATE),
  };
}
