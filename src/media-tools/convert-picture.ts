import { open } from 'node:fs/promises';
import { runProcess } from './run-process.js';
import { ToolFailure } from './tool-failure.js';

/** Larger ones are refused before a pixel of them is decoded. */
const MAX_SOURCE_PIXELS = 100_000_000;
const MEMORY_LIMIT_BYTES = 2 ** 30;
const LIMIT_SECONDS = 10;

/** The first bytes of each format, `.` for any byte, and the one demuxer that reads it. */
const FORMATS = [
  { start: /^\xff\xd8\xff/, demuxer: 'jpeg_pipe' },
  { start: /^\x89PNG\r\n.\n/s, demuxer: 'png_pipe' },
  { start: /^RIFF.{4}WEBP/s, demuxer: 'webp_pipe' },
] as const;
const SIGNATURE_BYTES = 12;

export interface PictureOptions {
  ffmpegPath: string;
  signal?: AbortSignal | undefined;
}

/**
 * Makes a JPEG of an untrusted JPEG, PNG or WebP file: turned as its EXIF data say, without any
 * metadata, and white where the source is transparent.
 *
 * @param filters ffmpeg's, which cut and scale it
 * @returns false when the source is no picture that can be used
 * @throws ToolFailure when ffmpeg could not do its work this time
 */
export async function convertPicture(
  sourcePath: string,
  targetPath: string,
  filters: readonly string[],
  { ffmpegPath, signal }: PictureOptions,
): Promise<boolean> {
  const demuxer = await demuxerOf(sourcePath);
  if (demuxer === undefined) return false;
  try {
    await runProcess({
      command: ffmpegPath,
      args: [...inputArgs(demuxer, sourcePath), ...outputArgs(targetPath, filters)],
      limitSeconds: LIMIT_SECONDS,
      memoryLimitBytes: MEMORY_LIMIT_BYTES,
      signal,
    });
    return true;
  } catch (error) {
    if (blamesSource(error)) return false;
    throw error;
  }
}

async function demuxerOf(sourcePath: string): Promise<string | undefined> {
  const file = await open(sourcePath);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(SIGNATURE_BYTES), 0);
    const head = buffer.toString('latin1', 0, bytesRead);
    return FORMATS.find(({ start }) => start.test(head))?.demuxer;
  } finally {
    await file.close();
  }
}

/** One decoder, one thread, no other file and no network, whatever the source asks for. */
function inputArgs(demuxer: string, sourcePath: string): string[] {
  return [
    ...['-hide_banner', '-nostats', '-nostdin', '-v', 'error', '-xerror', '-filter_threads', '1'],
    ...['-protocol_whitelist', 'file,pipe', '-max_pixels', String(MAX_SOURCE_PIXELS)],
    ...['-threads', '1', '-f', demuxer, '-i', `file:${sourcePath}`],
  ];
}

function outputArgs(targetPath: string, filters: readonly string[]): string[] {
  const chain = [...filters, ...ON_WHITE].join(',');
  return [
    ...['-map', '0:v:0', '-frames:v', '1', '-vf', chain, '-map_metadata', '-1'],
    // Otherwise the encoder signs its work.
    ...['-fflags', '+bitexact', '-flags:v', '+bitexact'],
    ...['-c:v', 'mjpeg', '-q:v', '3', '-threads', '1'],
    ...['-f', 'image2', '-update', '1', '-y', `file:${targetPath}`],
  ];
}

const ON_WHITE = [
  'setsar=1',
  'format=rgba',
  `geq=${['r', 'g', 'b'].map((channel) => `${channel}='${onWhite(channel)}'`).join(':')}:a=255`,
  'format=yuvj420p',
];

/** geq's expression for a channel on white paper. */
function onWhite(channel: string): string {
  return `(${channel}(X,Y)*alpha(X,Y)+255*(255-alpha(X,Y)))/255`;
}

/** A source that takes too long, too much memory or the decoder with it is no better than a broken one. */
function blamesSource(error: unknown): boolean {
  if (!(error instanceof ToolFailure)) return false;
  if (error.reason === 'timeout') return true;
  return error.reason === 'exit' && !error.logTail.some((line) => MACHINE_AT_FAULT.test(line));
}

const MACHINE_AT_FAULT = /No space left on device|Input\/output error|Too many open files/;
