import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** One call of ffmpeg. */
export interface FfmpegRun {
  pid: number;
  args: string[];
}

/**
 * Notes the process id and the arguments, and runs ffmpeg in its own place. A source, unlike what is
 * piped in to be verified, can be read at a limited rate.
 */
const SCRIPT = `#!/bin/sh
here=$(dirname "$0")
printf '%s\\0' $$ "$@" > "$here/runs/$$.part"
mv "$here/runs/$$.part" "$here/runs/$$"
case " $* " in
  *' -i file:'*) [ -f "$here/rate" ] && set -- -readrate "$(cat "$here/rate")" "$@" ;;
esac
exec ffmpeg "$@"
`;

/** The real ffmpeg behind a script that tells how it was called, for `FFMPEG_PATH`. */
export class WatchedFfmpeg {
  private constructor(private readonly folder: string) {}

  static async create(): Promise<WatchedFfmpeg> {
    const folder = await mkdtemp(path.join(tmpdir(), 'videoflix-ffmpeg-'));
    const ffmpeg = new WatchedFfmpeg(folder);
    await mkdir(path.join(folder, 'runs'));
    await writeFile(ffmpeg.path, SCRIPT);
    await chmod(ffmpeg.path, 0o755);
    return ffmpeg;
  }

  get path(): string {
    return path.join(this.folder, 'ffmpeg');
  }

  /** Calls from now on read their source this many times as fast as it plays. */
  async readAt(rate: number): Promise<void> {
    await writeFile(path.join(this.folder, 'rate'), `${rate}`);
  }

  async readAsFastAsPossible(): Promise<void> {
    await rm(path.join(this.folder, 'rate'), { force: true });
  }

  /** Calls that read a file and not a pipe, oldest first. */
  async runsOnSources(): Promise<FfmpegRun[]> {
    const runs = path.join(this.folder, 'runs');
    const names = (await readdir(runs)).filter((name) => !name.endsWith('.part'));
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(runs, name);
        const [pid, ...args] = (await readFile(file, 'utf8')).split('\0').slice(0, -1);
        return { pid: Number(pid), args, at: (await stat(file)).mtimeMs };
      }),
    );
    return files
      .sort((a, b) => a.at - b.at)
      .filter(({ args }) => args[args.indexOf('-i') + 1]?.startsWith('file:'));
  }

  async forgetRuns(): Promise<void> {
    await rm(path.join(this.folder, 'runs'), { recursive: true });
    await mkdir(path.join(this.folder, 'runs'));
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
