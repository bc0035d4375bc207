import { webvttTime } from './clock-time.js';
import type { Cue, Line } from './cue.js';

/**
 * Writes WebVTT, cues in the order in which they start, as the format demands
 * (https://www.w3.org/TR/webvtt1/#webvtt-cue-timings).
 * @param forHls adds the header that ties its times to those of the media segments (RFC 8216 3.5), whose
 *   first frame is at 0. Players outside HLS ignore it, strict validators do not know it.
 */
export function writeWebvtt(cues: readonly Cue[], { forHls = false } = {}): string {
  const sorted = [...cues].sort((one, other) => one.startSeconds - other.startSeconds);
  const header = forHls ? 'WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n' : 'WEBVTT\n';
  return [header, ...sorted.map(cueBlock)].join('\n');
}

function cueBlock({ startSeconds, endSeconds, lines, settings }: Cue): string {
  const times = `${webvttTime(startSeconds)} --> ${webvttTime(endSeconds)}`;
  const timing = settings === undefined ? times : `${times} ${settings}`;
  return [timing, ...lines.map(lineText), ''].join('\n');
}

function lineText(line: Line): string {
  return line
    .map(({ text, styles }) => {
      const opening = styles.map((style) => `<${style}>`).join('');
      const closing = styles.map((style) => `</${style}>`).reverse();
      return `${opening}${escaped(text)}${closing.join('')}`;
    })
    .join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
