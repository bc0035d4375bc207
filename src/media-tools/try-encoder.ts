import { deviceArgs, encoderArgs, uploadFilter, type EncoderName } from '../media/encoders.js';
import { runProcess } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

export interface TrialOptions {
  ffmpegPath: string;
  memoryLimitBytes?: number;
  /** 20 s when absent: a driver that hangs works as little as one that is not there. */
  limitSeconds?: number;
}

/** Large enough for every encoder. */
const PICTURE = 'testsrc2=size=320x240:rate=25:duration=1';

const TASK = {
  ...{ preset: 'ultrafast', bFrames: 0, crf: 30, maxBitrateBps: 500_000 },
  ...{ gopFrames: 10, keyFrames: 'expr:eq(mod(n,10),0)' },
};

/**
 * Encodes one second as a run would: an encoder that ffmpeg was built with may lack its device, its driver,
 * or the right to use them.
 * @returns why the encoder is of no use on this machine; undefined when it works
 */
export async function encoderProblem(
  encoder: EncoderName,
  { ffmpegPath, limitSeconds = 20, ...options }: TrialOptions,
): Promise<string | undefined> {
  const filters = ['format=yuv420p', uploadFilter(encoder)].filter(Boolean).join();
  const args = [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', ...deviceArgs([encoder])],
    ...['-f', 'lavfi', '-i', PICTURE, '-vf', filters],
    ...[...encoderArgs(encoder, TASK), '-f', 'null', '-'],
  ];
  try {
    await runProcess({ ...options, command: ffmpegPath, args, limitSeconds });
    return undefined;
  } catch (error) {
    if (error instanceof ToolFailure) return error.logTail[0] ?? error.message;
    throw error;
  }
}
