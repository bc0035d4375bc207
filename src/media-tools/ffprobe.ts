import { open } from 'node:fs/promises';
import { containerSignature, SIGNATURE_BYTES } from '../media/container-signature.js';
import { inputArgs } from '../media/input-args.js';
import { MediaFault } from '../media/media-fault.js';
import { parsePacketLine, PlayingTime, tailStartSeconds } from '../media/playing-time.js';
import {
  assertDuration,
  DEFAULT_SOURCE_BOUNDS,
  parseProbe,
  type SourceBounds,
} from '../media/probe.js';
import type { SourceDescription, SourceInfo } from '../media/source-info.js';
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

/** AVERROR codes that speak of the machine, not of the file: EIO, ENOMEM, ENFILE, EMFILE. */
const MACHINE_ERRORS: readonly number[] = [-5, -12, -23, -24];

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
  return measured;
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

async function headersJson(path: string, head: Uint8Array, options: ProbeOptions): Promise<string> {
  const lines: string[] = [];
  try {
    await runProcess({
      command: options.ffprobePath,
      args: [
        ...['-v', 'error', '-hide_banner', '-show_error', '-show_format', '-show_streams'],
        ...['-of', 'json', ...inputArgs(path)],
      ],
      onLine: (line) => lines.push(line),
      limitSeconds: options.limitSeconds ?? 30,
      signal: options.signal,
    });
    return lines.join('\n');
  } catch (error) {
    throw refusal(error, lines.join('\n'), head);
  }
}

/** No demuxer took the file: its first bytes say whether it is a broken video or none at all. */
function refusal(error: unknown, output: string, head: Uint8Array): unknown {
  if (!(error instanceof ToolFailure) || error.reason !== 'exit' || error.signal) return error;
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
    const tail = await readPackets(path, source, options, tailStart);
    if (tail.sawVideo) return tail.measured();
  }
  return (await readPackets(path, source, options)).measured();
}

async function readPackets(
  path: string,
  source: SourceDescription,
  { ffprobePath, signal, scanLimitSeconds = 180 }: ProbeOptions,
  fromSeconds?: number,
): Promise<PlayingTime> {
  const playingTime = new PlayingTime(source);
  const interval =
    fromSeconds === undefined ? [] : ['-read_intervals', `${fromSeconds.toFixed(3)}%`];
  const packet = 'packet=stream_index,pts_time,dts_time,duration_time';
  await runProcess({
    command: ffprobePath,
    args: [
      ...['-v', 'error', '-hide_banner', ...interval],
      ...['-show_entries', packet, '-of', 'csv=p=0', ...inputArgs(path)],
    ],
    onLine: (line) => {
      const time = parsePacketLine(line);
      if (time) playingTime.add(time);
    },
    limitSeconds: scanLimitSeconds,
    signal,
  });
  return playingTime;
}
