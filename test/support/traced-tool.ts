import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** What a process of a tool asked of the system. */
export interface Trace {
  /** Paths of the files it has opened. */
  files: string[];
  /** Calls that made a socket, as strace shows them. */
  sockets: string[];
}

const SCRIPT = (tool: string) => `#!/bin/sh
here=$(dirname "$0")
exec strace -f -qq -s 4096 -e trace=?open,openat,?openat2,socket -o "$here/traces/$$" ${tool} "$@"
`;

/** ffmpeg and ffprobe behind strace, for `FFMPEG_PATH` and `FFPROBE_PATH`. */
export class TracedTools {
  private constructor(private readonly folder: string) {}

  static async create(): Promise<TracedTools> {
    const folder = await mkdtemp(path.join(tmpdir(), 'videoflix-traced-'));
    await mkdir(path.join(folder, 'traces'));
    for (const tool of ['ffmpeg', 'ffprobe']) {
      await writeFile(path.join(folder, tool), SCRIPT(tool));
      await chmod(path.join(folder, tool), 0o755);
    }
    return new TracedTools(folder);
  }

  path(tool: 'ffmpeg' | 'ffprobe'): string {
    return path.join(this.folder, tool);
  }

  /** What all calls since the last look have done. */
  async take(): Promise<Trace> {
    const traces = path.join(this.folder, 'traces');
    const trace: Trace = { files: [], sockets: [] };
    for (const name of await readdir(traces)) {
      const lines = (await readFile(path.join(traces, name), 'utf8')).split('\n');
      await rm(path.join(traces, name));
      trace.sockets.push(...lines.filter((line) => line.includes(' socket(')));
      trace.files.push(...lines.flatMap(openedFile));
    }
    return trace;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** None for a file that could not be opened. */
function openedFile(line: string): string[] {
  const [, file] = / open(?:at2?)?\((?:AT_FDCWD, )?"([^"]*)".*\) = \d+/.exec(line) ?? [];
  return file === undefined ? [] : [file.replace(/^\/+/, '/')];
}
