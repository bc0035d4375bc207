import { execFileSync } from 'node:child_process';
import type { KeyFrames } from '../../../src/media/key-frame-meter.js';

/** A tiny moving picture at an exact rate. */
export const tinyPicture = (seconds: number, rate = '25', size = '64x64') => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];

/** x264 puts key frames where it is told, and nowhere else. */
export const keysAt = (...seconds: number[]) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-bf', '0'],
  ...['-g', '9999', '-sc_threshold', '0', '-force_key_frames', seconds.join(',')],
];

/** Frames of a tiny picture: so many at 30 a second, and as many at 12. */
export const varying = (frames: number) => [
  ...tinyPicture((2 * frames) / 30, '30'),
  ...['-vf', `settb=1/90000,setpts='if(lt(N,${frames}),N/30,${frames}/30+(N-${frames})/12)/TB'`],
  ...['-fps_mode', 'passthrough', '-enc_time_base', '1/90000'],
];

/** What ffprobe says of a file's frames, in the order they are shown. */
function shownPackets(path: string): { seconds: number; isKey: boolean }[] {
  const shown = ['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0', path];
  const text = execFileSync('ffprobe', ['-v', 'error', '-select_streams', 'v:0', ...shown]);
  return text
    .toString()
    .split('\n')
    .filter((line) => line.includes(','))
    .map((line) => ({ seconds: Number.parseFloat(line), isKey: line.includes('K') }))
    .sort((a, b) => a.seconds - b.seconds);
}

/** What the key frames of a file are, as ffprobe tells it; the last frame stays as long as an average one. */
export function shownKeyFrames(path: string): KeyFrames {
  const packets = shownPackets(path);
  const starts = packets.map(({ seconds }) => seconds);
  const [first = NaN, last = NaN] = [starts[0], starts.at(-1)];
  const end = last + (last - first) / (packets.length - 1);
  const keys = packets.filter(({ isKey }) => isKey).map(({ seconds }) => seconds);
  const gaps = keys.map((key, at) => (keys[at + 1] ?? end) - key);
  return { frames: packets.length, seconds: end - first, longestGapSeconds: Math.max(...gaps) };
}
