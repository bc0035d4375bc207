import { execFileSync } from 'node:child_process';
import { MediaFault } from '../../../src/media/media-fault.js';
import type { MediaSegment } from '../../../src/media/media-segment.js';
import { Packager, type SampleFilter } from '../../../src/media/packager.js';
import { tinyPicture } from '../media-tools/shown-packets.js';
import { fragmentSamples } from './cmaf.js';

/** What ffmpeg makes of a source's bitstream for a run of it. */
export function copied(path: string): Buffer {
  const fragments = ['-movflags', '+cmaf+empty_moov+frag_keyframe', '-f', 'mp4', 'pipe:1'];
  const args = ['-v', 'error', '-nostdin', '-i', path, '-map', '0:v', '-c', 'copy', ...fragments];
  return execFileSync('ffmpeg', args, { maxBuffer: 1e8 });
}

/** A source's bitstream as it is packaged, with the samples of each fragment. */
export function packagedCopy(path: string, filter: SampleFilter) {
  const packager = new Packager({ firstSeconds: 2, segmentSeconds: 4 }, filter);
  const { init, segments } = packager.push(copied(path));
  const all: MediaSegment[] = [...segments, ...packager.end()];
  if (!init) throw new Error('The stream has no header.');
  const fragments = all.map(({ bytes }) => fragmentSamples(bytes, init.track));
  const content = [init.bytes, ...all.map(({ bytes }) => bytes)];
  return { init, segments: all, fragments, samples: fragments.flat(2), content };
}

/** Why a bitstream is not packaged; `packaged` when it is. */
export function reasonOf(act: () => unknown): string {
  try {
    act();
    return 'packaged';
  } catch (error) {
    if (!(error instanceof MediaFault)) throw error;
    expect(error.code).toBe('source.damaged');
    return (error.detail ?? '').replace('not to be packaged as it is: ', '');
  }
}

/** x264 with a key frame in every 25 frames. */
export const x264 = (...params: string[]) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'],
  ...['-x264-params', ['keyint=25', 'min-keyint=25', 'scenecut=0', ...params].join(':')],
];
export const WITHOUT_B = 'bframes=0';
export const WITH_B = 'bframes=3:b-adapt=0:b-pyramid=normal';

/** One of two halves of a transport stream, the second one going on where the first one ends. */
export function partArgs(at: number, ...params: string[]): string[] {
  return [...tinyPicture(1), ...x264(...params), '-output_ts_offset', `${at + 1}`];
}
