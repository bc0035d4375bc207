import { inputArgs } from './input-args.js';
import type { SubtitleRendition } from './subtitle-plan.js';

/** More than any film has to say; what comes after it is cut off. */
const MAX_BYTES = 5 * 1024 * 1024;

/** Name of the file a track is written to, in ffmpeg's output directory. */
export function extractedFile({ folder, format }: SubtitleRendition): string {
  return `${folder}.${format}`;
}

/** ffmpeg's arguments, without its name, that copy text tracks out of a source. Nothing is decoded but text. */
export function subtitleArgs(
  tracks: readonly SubtitleRendition[],
  { sourcePath, outputDirectory }: { sourcePath: string; outputDirectory: string },
): string[] {
  return [
    ...['-hide_banner', '-nostdin', '-y', '-loglevel', 'error', '-nostats'],
    ...inputArgs(sourcePath),
    ...tracks.flatMap((track) => [
      ...['-map', `0:${track.streamIndex}`, '-map_metadata', '-1', '-fs', `${MAX_BYTES}`],
      ...(track.format === 'ass' ? ['-c:s', 'copy', '-f', 'ass'] : ['-c:s', 'srt', '-f', 'srt']),
      `file:${outputDirectory}/${extractedFile(track)}`,
    ]),
  ];
}
