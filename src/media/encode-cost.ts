import { encoderCost, type EncoderName } from './encoders.js';

/** How much a machine gets done, in pixels of the ladder's rungs a second, as x264 counts them. */
export interface Pace {
  pixelsPerSecond: number;
}

interface Size {
  width: number;
  height: number;
  /** x264 when absent. */
  encoder?: EncoderName;
}

/** Pixels of one second of video at all these sizes; those of dearer encoders count several times. */
export function pixelsOf(rungs: readonly Size[], framesPerSecond: number): number {
  const pixels = ({ width, height, encoder = 'x264' }: Size) =>
    width * height * encoderCost(encoder);
  return rungs.reduce((sum, rung) => sum + pixels(rung), 0) * framesPerSecond;
}

/** Whether a machine encodes these sizes at least as fast as they are watched. */
export function canKeepUp(pace: Pace, rungs: readonly Size[], framesPerSecond: number): boolean {
  return pixelsOf(rungs, framesPerSecond) <= pace.pixelsPerSecond;
}

/** Which part of the work on a title a run is: from 0, its beginning, to 1, its end. */
export interface RunShare {
  from: number;
  to: number;
}

/** Packaging a bitstream costs next to nothing; what it costs is taken to be that of so many pixels. */
const BITSTREAM_PIXELS = 20_000;

/** The shares of a plan's runs, in their order, by the pixels that each one encodes. */
export function runShares(runs: readonly CountedRun[]): RunShare[] {
  const costs = runs.map(({ bitstream, video }) =>
    bitstream ? BITSTREAM_PIXELS : BITSTREAM_PIXELS + pixelsOf(video, 1),
  );
  const whole = costs.reduce((a, b) => a + b, 0);
  let done = 0;
  return costs.map((cost, at) => {
    const from = done / whole;
    done += cost;
    return { from, to: at === costs.length - 1 ? 1 : done / whole };
  });
}

interface CountedRun {
  bitstream?: unknown;
  video: readonly Size[];
}
