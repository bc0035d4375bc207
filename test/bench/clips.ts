import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

const FULL_HD = 'scale=1920:1080:flags=bicubic,fps=30';
/** So that an encoder has as much to do as with a camera's picture. */
const GRAIN = 'noise=alls=6:allf=t';

/** Under the cap of 1080p, with key frames two seconds apart: players can be given it as it is. */
const COMPATIBLE = [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'],
  ...['-b:v', '4500k', '-maxrate', '4900k', '-bufsize', '7000k'],
  ...['-g', '60', '-keyint_min', '60', '-sc_threshold', '0'],
];

/** One film, as H.264 and as HEVC, 1080p at 30 frames a second, of 30 seconds and of ten minutes. */
export interface FullHdClips {
  h264: string;
  hevc: string;
  longH264: string;
  longHevc: string;
}

export async function fullHdClips(folder: string): Promise<FullHdClips> {
  const file = (name: string) => path.join(folder, name);
  const h264 = file('h264_1080p_30s.mp4');
  const hevc = file('hevc_1080p_30s.mp4');
  await ffmpeg([
    ...['-i', await shortClip(folder), '-t', '30', '-vf', `${FULL_HD},${GRAIN}`],
    ...[...COMPATIBLE, '-c:a', 'aac', h264],
  ]);
  await ffmpeg([
    ...['-i', h264, '-c:v', 'libx265', '-preset', 'veryfast', '-crf', '26', '-tag:v', 'hvc1'],
    ...['-x265-params', 'log-level=error', '-c:a', 'copy', hevc],
  ]);
  const twentyTimes = async (clip: string, tag: string, name: string) => {
    // Sound outlasts its picture by a few milliseconds: looped together, each loop would begin late.
    await ffmpeg(['-i', clip, '-an', '-c', 'copy', file('picture.mp4')]);
    await ffmpeg(['-i', clip, '-vn', '-c', 'copy', file('sound.mp4')]);
    const looped = (name: string) => ['-stream_loop', '19', '-i', file(name)];
    const both = [...looped('picture.mp4'), ...looped('sound.mp4')];
    await ffmpeg([...both, '-c', 'copy', '-shortest', '-tag:v', tag, file(name)]);
    return file(name);
  };
  return {
    h264,
    hevc,
    longH264: await twentyTimes(h264, 'avc1', 'h264_1080p_600s.mp4'),
    longHevc: await twentyTimes(hevc, 'hvc1', 'hevc_1080p_600s.mp4'),
  };
}

/** The real clip that may lie beside the checkout, or 30 s made by ffmpeg. */
export async function shortClip(folder: string): Promise<string> {
  const real = path.resolve('../shared/media/big_buck_bunny_480p_30s.mp4');
  if (existsSync(real)) return real;
  const made = path.join(folder, 'generated_480p_30s.mp4');
  await ffmpeg([
    ...['-f', 'lavfi', '-i', 'testsrc2=size=854x480:rate=24:duration=30'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=30', '-vf', 'noise=alls=8:allf=t'],
    ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac', made],
  ]);
  return made;
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args]);
}
