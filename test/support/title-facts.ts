import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { parse, types } from 'hls-parser';

const run = promisify(execFile);

/** What a player finds in one picture rendition. */
export interface PictureFacts {
  size: string;
  pixelFormat: string;
  squarePixels: boolean;
  /** Primaries, transfer and matrix. */
  color: string;
  frameRate: number;
  /** Decoded without an error. */
  frames: number;
  seconds: number;
  longestSegmentSeconds: number;
}

/** What a player finds behind a multivariant playlist. */
export interface TitleFacts {
  pictures: PictureFacts[];
  /** Language and length of each sound track, in the order of the playlist. */
  sounds: { language: string | undefined; seconds: number }[];
  subtitleLanguages: (string | undefined)[];
}

/** Reads every rendition to its last frame; any error of the decoder is thrown. */
export async function titleFacts(masterUrl: string): Promise<TitleFacts> {
  const master = parse(await textOf(masterUrl)) as types.MasterPlaylist;
  const pictures: PictureFacts[] = [];
  for (const { uri, isIFrameOnly } of master.variants) {
    if (!isIFrameOnly) pictures.push(await pictureFacts(new URL(uri, masterUrl)));
  }
  const [first] = master.variants;
  const sounds: TitleFacts['sounds'] = [];
  for (const { uri, language } of first?.audio ?? []) {
    const url = new URL(uri ?? '', masterUrl).href;
    await decode(url, 'a:0');
    sounds.push({ language, seconds: (await mediaPlaylist(url)).seconds });
  }
  return {
    pictures,
    sounds,
    subtitleLanguages: (first?.subtitles ?? []).map(({ language }) => language),
  };
}

/** Frames in a file's first video stream, their rate, and whether that is steady. */
export async function sourceFrames(
  file: string,
): Promise<{ frames: number; rate: number; isSteady: boolean }> {
  const entries = 'stream=nb_read_packets,avg_frame_rate,r_frame_rate';
  const { streams } = await probe(file, ['-count_packets', '-show_entries', entries]);
  const [{ nb_read_packets: packets, avg_frame_rate: average, r_frame_rate: grid } = {}] = streams;
  return { frames: Number(packets), rate: ratio(grid), isSteady: ratio(average) === ratio(grid) };
}

async function pictureFacts({ href }: URL): Promise<PictureFacts> {
  const { seconds, longest } = await mediaPlaylist(href);
  const entries =
    'stream=width,height,pix_fmt,sample_aspect_ratio,r_frame_rate,color_primaries,color_transfer,color_space';
  const [stream = {}] = (await probe(href, ['-show_entries', entries])).streams;
  return {
    size: `${stream['width']}x${stream['height']}`,
    pixelFormat: stream['pix_fmt'] ?? '',
    squarePixels: ['1:1', undefined].includes(stream['sample_aspect_ratio']),
    color: [stream['color_primaries'], stream['color_transfer'], stream['color_space']].join(' '),
    frameRate: ratio(stream['r_frame_rate']),
    frames: await decode(href, 'v:0'),
    seconds,
    longestSegmentSeconds: longest,
  };
}

async function mediaPlaylist(url: string): Promise<{ seconds: number; longest: number }> {
  const { segments } = parse(await textOf(url)) as types.MediaPlaylist;
  const durations = segments.map(({ duration }) => duration);
  return {
    seconds: durations.reduce((sum, duration) => sum + duration, 0),
    longest: Math.max(...durations),
  };
}

/** The number of frames or packets ffmpeg gets out; it stops at the first error. */
async function decode(url: string, stream: string): Promise<number> {
  const strict = ['-v', 'error', '-xerror', '-err_detect', 'explode', '-progress', 'pipe:1'];
  const { stdout } = await run('ffmpeg', [
    ...strict,
    '-i',
    url,
    '-map',
    `0:${stream}`,
    '-f',
    'null',
    '-',
  ]);
  const counts = [...stdout.matchAll(/^frame=(\d+)/gm)];
  return Number(counts.at(-1)?.[1] ?? 0);
}

async function probe(input: string, args: string[]) {
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-select_streams', 'v:0', ...args, '-of', 'json', input],
  ]);
  return JSON.parse(stdout) as { streams: Record<string, string>[] };
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return response.text();
}

function ratio(text = '0/1'): number {
  const [numerator = 0, denominator = 1] = text.split('/').map(Number);
  return numerator / denominator;
}
