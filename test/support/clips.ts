import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

const picture = (seconds: number, size = '854x480', rate = 25) => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
];
const tone = (seconds: number, hertz = 440) => [
  ...['-f', 'lavfi', '-i', `sine=frequency=${hertz}:sample_rate=48000:duration=${seconds}`],
];
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p'];
const aac = ['-c:a', 'aac', '-shortest'];

/** ffmpeg's arguments before the output, or the bytes themselves. */
type Recipe = string[] | (() => Buffer | Promise<Buffer>);

const RECIPES = {
  plain: { file: 'plain.mp4', from: [...picture(4), ...tone(4), ...h264, '-g', '50', ...aac] },
  /** Five segments, small enough to be encoded in a moment. */
  long: { file: 'long.mp4', from: [...picture(10, '320x180'), ...tone(10), ...h264, ...aac] },
  silent: { file: 'silent.mp4', from: [...picture(1, '320x180'), ...h264] },
  portrait: {
    file: 'portrait.mp4',
    from: async (): Promise<Buffer> => {
      const copied = ['-i', await clip('plain'), '-t', '2', '-c', 'copy'];
      return ffmpegOutput('turned.mp4', [...copied, '-metadata:s:v:0', 'rotate=90']);
    },
  },
  twoLanguages: {
    file: 'two-languages.mkv',
    from: [
      ...[...picture(2, '426x240'), ...tone(2), ...tone(2, 880)],
      ...['-map', '0:v', '-map', '1:a', '-map', '2:a', ...h264, ...aac],
      ...['-metadata:s:a:0', 'language=eng', '-metadata:s:a:1', 'language=deu'],
    ],
  },
  /** English as SubRip, with an accent and a tag, and German as ASS. */
  twoSubtitles: {
    file: 'two-subtitles.mkv',
    from: async (): Promise<Buffer> => {
      const srt =
        '1\n00:00:00,500 --> 00:00:01,250\n<i>Café</i> & <tea\n\n2\n00:00:02,000 --> 00:00:03,000\nTwo\n';
      const ass =
        '[Script Info]\nScriptType: v4.00+\n\n[Events]\n' +
        'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n' +
        'Dialogue: 0,0:00:01.00,0:00:02.50,Default,,0,0,0,,{\\an8}Oben, {\\b1}fett{\\b0}\\N\\NUnten\n';
      const [english, german] = [await textFile('en.srt', srt), await textFile('de.ass', ass)];
      return ffmpegOutput('two-subtitles.mkv', [
        ...[...picture(4, '320x180'), ...tone(4), '-i', english, '-i', german],
        ...['-map', '0:v', '-map', '1:a', '-map', '2', '-map', '3', ...h264, '-c:a', 'aac'],
        ...['-c:s', 'copy', '-metadata:s:s:0', 'language=eng', '-metadata:s:s:1', 'language=ger'],
        ...['-metadata:s:s:1', 'title=Untertitel', '-disposition:s:1', 'forced'],
      ]);
    },
  },

  empty: { file: 'empty.mp4', from: () => Buffer.alloc(0) },
  text: {
    file: 'text.mp4',
    from: () => Buffer.from('this is not a video, it only says so\n'.repeat(200)),
  },
  random: { file: 'random.mp4', from: () => randomBytes(200_000) },
  audioOnly: { file: 'audio.m4a', from: [...tone(1), '-c:a', 'aac'] },
  still: { file: 'still.png', from: [...picture(1, '320x180', 1), '-frames:v', '1'] },
  /** Its index lies at the end, and the end is missing. */
  noIndex: {
    file: 'no-index.mp4',
    from: async (): Promise<Buffer> => {
      const whole = await readFile(await clip('plain'));
      return whole.subarray(0, whole.length * 0.6);
    },
  },
  /** Its index lies in front, and the second half is missing. */
  cutOff: {
    file: 'cut-off.mp4',
    from: async (): Promise<Buffer> => {
      const indexFirst = ['-i', await clip('plain'), '-c', 'copy', '-movflags', '+faststart'];
      const whole = await ffmpegOutput('whole.mp4', indexFirst);
      return whole.subarray(0, whole.length / 2);
    },
  },
  playlist: {
    file: 'playlist.mp4',
    from: () =>
      Buffer.from(
        '#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n',
      ),
  },
  concat: {
    file: 'concat.mkv',
    from: () => Buffer.from("ffconcat version 1.0\nfile '/etc/passwd'\n"),
  },
  svg: {
    file: 'svg.mp4',
    from: () =>
      Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
      ),
  },
} satisfies Record<string, { file: string; from: Recipe }>;

export type ClipName = keyof typeof RECIPES;

/** Path of one of the project's own clips. Each is made once in a run, with ffmpeg's generators. */
export async function clip(name: ClipName): Promise<string> {
  const { file: filename, from }: { file: string; from: Recipe } = RECIPES[name];
  const file = path.join(await clipFolder(), filename);
  if (existsSync(file)) return file;
  const bytes = Array.isArray(from) ? await ffmpegOutput(filename, from) : await from();
  // Another suite may be making the same clip: each takes its place in one step.
  const draft = `${file}.${randomBytes(4).toString('hex')}.part`;
  await writeFile(draft, bytes);
  await rename(draft, file);
  return file;
}

/** A copy of a clip under another name, in a folder of its own. */
export async function clipNamed(name: ClipName, filename: string): Promise<string> {
  const folder = await mkdtemp(path.join(await clipFolder(), 'named-'));
  const copy = path.join(folder, filename);
  await copyFile(await clip(name), copy);
  return copy;
}

/** A box of ISO 14496-12 that players skip: it makes a film as large as is wanted. */
export function freeBox(sizeBytes: number): Buffer {
  const box = Buffer.alloc(sizeBytes);
  box.writeUInt32BE(sizeBytes, 0);
  box.write('free', 4, 'latin1');
  return box;
}

/** Path of a file that may lie beside the checkout, in `../shared`; undefined when it does not. */
export function sharedFile(...names: string[]): string | undefined {
  const file = path.resolve(process.cwd(), '../shared', ...names);
  return existsSync(file) ? file : undefined;
}

/** A file of a clip's making, in a folder of its own. */
async function textFile(filename: string, text: string): Promise<string> {
  const file = path.join(await mkdtemp(path.join(await clipFolder(), 'text-')), filename);
  await writeFile(file, text);
  return file;
}

async function ffmpegOutput(filename: string, args: string[]): Promise<Buffer> {
  const folder = await mkdtemp(path.join(await clipFolder(), 'making-'));
  const file = path.join(folder, filename);
  try {
    await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', ...args, file]);
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('The clips are made with ffmpeg: apt-get install ffmpeg', { cause: error });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A folder of this run, which goes with it. */
async function clipFolder(): Promise<string> {
  const directory = process.env['TEST_DIRECTORY'];
  if (!directory) throw new Error('the suite runs without the global set-up that makes its folder');
  const folder = path.join(directory, 'clips');
  await mkdir(folder, { recursive: true });
  return folder;
}
