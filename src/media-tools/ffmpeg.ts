import { MediaFault } from '../media/media-fault.js';
import { ProgressParser, type EncodeProgress } from '../media/progress.js';
import { runProcess, type OutputReader } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

export interface FfmpegOptions {
  ffmpegPath: string;
  args: readonly string[];
  /** Of what it writes to `pipe:3`, `pipe:4` and so on. */
  outputs?: readonly OutputReader[];
  onProgress?: (progress: EncodeProgress) => void;
  /** Killed when no frame and no time was added for this long; 60 s when absent. */
  stallSeconds?: number;
  /** Says whether its files have grown since it was last asked; before it reports, only they tell. */
  hasAdvanced?: () => boolean;
  limitSeconds?: number;
  memoryLimitBytes?: number;
  isAwaited?: boolean;
  signal?: AbortSignal | undefined;
}

/** Messages that blame the source: the same bytes will give them again. */
const SOURCE_DAMAGED = [
  /Invalid data found when processing input/,
  /moov atom not found/,
  /exceeds maximum error rate|max_error_rate|Decode error rate/i,
  /Cannot determine format of input stream/,
  /Could not find codec parameters/,
  /does not contain any stream/,
  /matches no streams/,
];

/** Messages that blame the machine, whatever else was said. */
const MACHINE_AT_FAULT = [
  /No space left on device/,
  /Cannot allocate memory|malloc of size/,
  /Input\/output error/,
  /Too many open files/,
  /Resource temporarily unavailable/,
];

/**
 * Runs ffmpeg to its end. Its arguments have to hold `-progress pipe:1`, which feeds the watchdog.
 * @returns the last progress report
 * @throws MediaFault `source.damaged`, `source.changing_audio` when the source is to blame
 * @throws ToolFailure in every other case: transient, to be retried
 * @throws whatever a reader of its outputs threw
 */
export async function runFfmpeg(options: FfmpegOptions): Promise<EncodeProgress | undefined> {
  const { ffmpegPath, onProgress, stallSeconds = 60, ...process } = options;
  const parser = new ProgressParser();
  let last: EncodeProgress | undefined;
  let advanced = false;
  const readLine = (line: string) => {
    const progress = parser.push(line);
    advanced = progress !== undefined && isFurther(progress, last);
    if (!progress) return;
    last = progress;
    onProgress?.(progress);
  };
  try {
    await runProcess({
      ...process,
      command: ffmpegPath,
      stallSeconds,
      isProgress: (line) => {
        readLine(line);
        return advanced;
      },
    });
    return last;
  } catch (error) {
    throw blame(error);
  }
}

/** A process that reports, but always the same, has stalled all the same. */
function isFurther(now: EncodeProgress, before: EncodeProgress | undefined): boolean {
  return (
    before === undefined ||
    now.frame > before.frame ||
    now.outTimeSeconds > before.outTimeSeconds ||
    now.finished
  );
}

function blame(error: unknown): unknown {
  if (!(error instanceof ToolFailure) || error.reason !== 'exit' || error.signal) return error;
  const said = (patterns: RegExp[]) =>
    error.logTail.findLast((line) => patterns.some((pattern) => pattern.test(line)));
  if (said(MACHINE_AT_FAULT) !== undefined) return error;
  const change = said([/Changing audio frame properties on the fly/]);
  if (change !== undefined) return new MediaFault('source.changing_audio', change);
  const complaint = said(SOURCE_DAMAGED);
  return complaint === undefined ? error : new MediaFault('source.damaged', complaint);
}
