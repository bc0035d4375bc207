import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test file's clips, and a way to make them with the real ffmpeg. */
export function clipFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'media-tools-'));
  return {
    path: (name: string) => join(folder, name),
    make(name: string, ...args: string[]): string {
      const path = join(folder, name);
      execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args, path]);
      return path;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Input arguments for a moving test picture. */
export const picture = (seconds: number, rate = 25, size = '320x240') => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];

/** Input arguments for a tone. */
export const tone = (seconds: number) => ['-f', 'lavfi', '-i', `sine=duration=${seconds}`];

export const fastH264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
