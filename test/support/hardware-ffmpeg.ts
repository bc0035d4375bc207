import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * ffmpeg with NVENC's options on top of x264, in the place of hardware: it encodes, refuses to, or is lost
 * half a second after it began on a source. Notes which encoder was asked for.
 */
const SCRIPT = `#!/bin/sh
here=$(dirname "$0")
case " $* " in
  *' h264_nvenc '*) ;;
  *' -i file:'*) echo x264 >> "$here/calls"; exec ffmpeg "$@" ;;
  *) exec ffmpeg "$@" ;;
esac
if [ -f "$here/refused" ]; then
  echo refused >> "$here/calls"
  echo 'No capable devices found' >&2
  exit 1
fi
for word do
  shift
  case "$word" in
    h264_nvenc) word=libx264 ;;
    p[1-7]) word=ultrafast ;;
    -rc) word=-x264-params ;;
    vbr) word=scenecut=0 ;;
    -cq) word=-crf ;;
    hq) word=film ;;
    -no-scenecut) word=-sc_threshold ;;
  esac
  set -- "$@" "$word"
done
case " $* " in
  *' -i file:'*)
    echo nvenc >> "$here/calls"
    [ -f "$here/lost" ] || exec ffmpeg "$@"
    timeout -s KILL 0.5 ffmpeg -readrate 4 "$@"
    echo 'GPU is lost' >&2
    exit 1 ;;
esac
exec ffmpeg "$@"
`;

/** For `FFMPEG_PATH`, beside `ENCODER=nvenc`. */
export class HardwareFfmpeg {
  private constructor(private readonly folder: string) {}

  /** @param state what becomes of the hardware */
  static async create(state: 'works' | 'refused' | 'lost'): Promise<HardwareFfmpeg> {
    const ffmpeg = new HardwareFfmpeg(await mkdtemp(path.join(tmpdir(), 'videoflix-hardware-')));
    await writeFile(ffmpeg.path, SCRIPT);
    await chmod(ffmpeg.path, 0o755);
    await writeFile(path.join(ffmpeg.folder, state), '');
    return ffmpeg;
  }

  get path(): string {
    return path.join(this.folder, 'ffmpeg');
  }

  /** What sources were encoded with, in turn, and trials that were refused. */
  async calls(): Promise<string[]> {
    const text = await readFile(path.join(this.folder, 'calls'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
