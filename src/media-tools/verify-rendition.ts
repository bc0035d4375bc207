import { agrees } from '../media/verify.js';
import { ProgressParser } from '../media/progress.js';
import { runProcess } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

/** The bytes of a rendition that are looked at before it is published. */
export interface RenditionSample {
  init: Uint8Array;
  first: Uint8Array;
  /** Absent when the first segment is the last. */
  last?: Uint8Array | undefined;
  /** When the rendition should end, in seconds. */
  durationSeconds: number;
  segmentSeconds: number;
}

export interface VerifyOptions {
  ffmpegPath: string;
  /** 30 s when absent. */
  limitSeconds?: number;
  signal?: AbortSignal | undefined;
}

/**
 * Decodes the first and the last segment in one short process that stops at the first error, and
 * compares the time at which the last frame ends with the plan.
 * @returns why the rendition may not be published; nothing when it may
 * @throws ToolFailure when ffmpeg could not do its work this time
 */
export async function verifyRendition(
  sample: RenditionSample,
  { ffmpegPath, limitSeconds = 30, signal }: VerifyOptions,
): Promise<string[]> {
  const parser = new ProgressParser();
  let endSeconds = 0;
  try {
    const complaints = await runProcess({
      command: ffmpegPath,
      args: DECODE_ARGS,
      input: [sample.init, sample.first, ...(sample.last ? [sample.last] : [])],
      onLine: (line) => {
        endSeconds = parser.push(line)?.outTimeSeconds ?? endSeconds;
      },
      limitSeconds,
      signal,
    });
    return [...complaints, ...endProblems(endSeconds, sample)];
  } catch (error) {
    if (!(error instanceof ToolFailure) || error.reason !== 'exit' || error.signal) throw error;
    return [`It does not decode: ${error.logTail.at(-1) ?? 'no message'}`];
  }
}

/** The input is our own and comes through a pipe, so no file can be named by it. */
const DECODE_ARGS = [
  ...['-hide_banner', '-nostats', '-v', 'error', '-xerror', '-err_detect', 'explode'],
  ...['-protocol_whitelist', 'pipe', '-format_whitelist', 'mov', '-f', 'mov'],
  // The header says all there is to know, and several of these run beside each other.
  ...['-probesize', '5000', '-analyzeduration', '0', '-threads', '1'],
  // Smoothed blocks tell nothing of the bitstream, and take a quarter of the time.
  ...['-skip_loop_filter', 'all'],
  ...['-progress', 'pipe:1', '-copyts', '-i', 'pipe:0'],
  // On a clock as coarse as a guessed frame rate, frames of an uneven one would fall together.
  ...['-fps_mode', 'passthrough', '-enc_time_base', '1/90000', '-f', 'null', '-'],
];

function endProblems(endSeconds: number, sample: RenditionSample): string[] {
  const { durationSeconds, segmentSeconds } = sample;
  if (agrees(endSeconds, durationSeconds, segmentSeconds)) return [];
  return [`Its last frame ends at ${endSeconds.toFixed(3)} s of ${durationSeconds.toFixed(3)} s.`];
}
