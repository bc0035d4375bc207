import { open } from 'node:fs/promises';
import { containerSignature, SIGNATURE_BYTES } from '../media/container-signature.js';
import { inputArgs } from '../media/input-args.js';
import { MediaFault } from '../media/media-fault.js';
import {
  GAP_LOOK_SECONDS,
  parsePacketLine,
  PlayingTime,
  tailStartSeconds,
} from '../media/playing-time.js';
import {
  assertDuration,
  DEFAULT_SOURCE_BOUNDS,
  parseProbe,
  type SourceBounds,
} from '../media/probe.js';
import { mayBeRemuxed } from '../media/remux.js';
import type { SourceDescription, SourceInfo } from '../media/source-info.js';
import { keyFramesOf } from './key-frames.js';
import { runProcess } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

export interface ProbeOptions {
  ffprobePath: string;
  bounds?: SourceBounds;
  /** For reading the headers; 30 s when absent. */
  limitSeconds?: number;
  /** For reading every packet of a source whose duration is in doubt; 180 s when absent. */
  scanLimitSeconds?: number;
  signal?: AbortSignal | undefined;
}

/**
 * AVERROR codes that speak of the machine, not of the file: EIO, ENFILE, EMFILE. Not ENOMEM: ffprobe says so
 * when a file wants more than the limit, or claims a table of billions.
 */
const MACHINE_ERRORS: readonly number[] = [-5, -23, -24];

/** The index of a film of a day with two sound tracks takes half of it. */
const MEMORY_LIMIT_BYTES = 2 * 2 ** 30;

/** All that headers have to say about as many streams as are allowed. */
const MAX_HEADER_CHARACTERS = 4 * 2 ** 20;

/**
 * Describes a local file and measures how long it plays, without decoding a frame.
 * @throws MediaFault when the file is refused for good
 * @throws ToolFailure when ffprobe could not do its work this time
 */
export async function probeSource(path: string, options: ProbeOptions): Promise<SourceInfo> {
  const head = await firstBytes(path);
  if (head.length === 0) throw new MediaFault('upload.empty');
  const json = await headersJson(path, head, options);
  const source = parseProbe(json, options.bounds);
  const measured = await measure(path, source, options);
  assertDuration(measured.durationSeconds, options.bounds ?? DEFAULT_SOURCE_BOUNDS);
  if (!mayBeRemuxed(measured.video)) return measured;
  const { ffprobePath, signal } = options;
  const keyFrames = await keyFramesOf(path, measured, { ffprobePath, signal });
  return { ...measured, video: { ...measured.video, keyFrames } };
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(SIGNATURE_BYTES), 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Without the tags of the file, which nobody reads. */
const FORMAT_ENTRIES = 'format=format_name,start_time,duration,bit_rate';

async function headersJson(path: string, head: Uint8Array, options: ProbeOptions): Promise<string> {
  const lines: string[] = [];
  let characters = 0;
  try {
    await runProcess({
      command: options.ffprobePath,
      args: [
        ...['-v', 'error', '-hide_banner', '-show_error', '-show_entries', FORMAT_ENTRIES],
        ...['-show_streams', '-of', 'json', ...inputArgs(path)],
      ],
      onLine: (line) => {
        characters += line.length;
        if (characters > MAX_HEADER_CHARACTERS) throw new MediaFault('source.unreadable');
        lines.push(line);
      },
      limitSeconds: options.limitSeconds ?? 30,
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      signal: options.signal,
    });
    return lines.join('\n');
  } catch (error) {
    throw refusal(error, lines.join('\n'), head);
  }
}

/** No demuxer took the file: its first bytes say whether it is a broken video or none at all. */
function refusal(error: unknown, output: string, head: Uint8Array): unknown {
  if (!(error instanceof ToolFailure)) return error;
  if (error.reason === 'flood') return new MediaFault('source.unreadable', error.message);
  if (error.reason !== 'exit' || error.signal) return error;
  const tooMany = error.logTail.find((line) => line.includes('exceeds max_streams'));
  if (tooMany !== undefined) return new MediaFault('source.too_many_streams', tooMany);
  const code = Number(/"code": (-\d+)/.exec(output)?.[1] ?? Number.NaN);
  if (Number.isNaN(code) || MACHINE_ERRORS.includes(code)) return error;
  const detail = error.logTail.at(-1);
  switch (containerSignature(head)) {
    case 'video':
      return new MediaFault('source.unreadable', detail);
    case 'audio':
      return new MediaFault('source.no_video_stream', detail);
    case 'image':
    case 'unknown':
      return new MediaFault('source.not_a_video', detail);
  }
}

/**
 * A container that indexes its packets is believed once its last seconds bear it out: reading them
 * takes milliseconds. All others, and those whose tail is not there, are read from end to end.
 */
async function measure(
  path: string,
  source: SourceDescription,
  options: ProbeOptions,
): Promise<SourceInfo> {
  const tailStart = tailStartSeconds(source);
  if (tailStart !== undefined) {
    await lookForGaps(path, source, options, tailStart);
    const tail = await readPackets(path, source, options, [`${tailStart.toFixed(3)}%`]);
    if (tail.sawVideo) return tail.measured();
  }
  return (await readPackets(path, source, options)).measured();
}

/**
 * Whether a film of hours, of which only the end is going to be read, has pictures in all of them: one is
 * read of each hour, and any gap that is too long is refused.
 */
async function lookForGaps(
  path: string,
  source: SourceDescription,
  options: ProbeOptions,
  untilSeconds: number,
): Promise<void> {
  const hours = Math.floor((untilSeconds - source.startSeconds) / GAP_LOOK_SECONDS);
  if (hours === 0) return;
  const times = Array.from({ length: hours + 1 }, (_, hour) => hour * GAP_LOOK_SECONDS);
  const looks = [...times.map((time) => source.startSeconds + time), untilSeconds];
  const intervals = looks.map((time) => `${time.toFixed(3)}%+#1`);
  await readPackets(path, source, options, intervals, 'picture');
}

async function readPackets(
  path: string,
  source: SourceDescription,
  { ffprobePath, signal, scanLimitSeconds = 180, bounds }: ProbeOptions,
  intervals: readonly string[] = [],
  what: 'all' | 'picture' = 'all',
): Promise<PlayingTime> {
  const playingTime = new PlayingTime(source, bounds);
  const selection = what === 'picture' ? ['-select_streams', `${source.video.index}`] : [];
  const interval = intervals.length > 0 ? ['-read_intervals', intervals.join(',')] : [];
  const packet = 'packet=stream_index,pts_time,dts_time,duration_time';
  await runProcess({
    command: ffprobePath,
    args: [
      ...['-v', 'error', '-hide_banner', ...selection, ...interval],
      ...['-show_entries', packet, '-of', 'csv=p=0', ...inputArgs(path)],
    ],
    onLine: (line) => {
      const time = parsePacketLine(line);
      if (time) playingTime.add(time);
    },
    limitSeconds: scanLimitSeconds,
    memoryLimitBytes: MEMORY_LIMIT_BYTES,
    signal,
  });
  return playingTime;
}
