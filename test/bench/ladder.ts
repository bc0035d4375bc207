import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';

/** Short sides of the ladder that is measured. */
export const LADDER = [360, 480, 720, 1080];

/** What people do without a pipeline: one size after the other, with x264 as it comes. */
const SEQUENTIAL = [480, 720, 1080];

/** A file of one size, made by one of the ways that are compared. */
export interface Made {
  shortSide: number;
  file: string;
}

/** Seconds that one of the ways takes, and what it makes. */
export interface Way {
  seconds: number;
  made: Made[];
}

export async function sequentialWay(clip: string, folder: string): Promise<Way> {
  return oneByOne(clip, folder, SEQUENTIAL, ['-crf', '23']);
}

export async function veryfastWay(clip: string, folder: string): Promise<Way> {
  return oneByOne(clip, folder, LADDER, ['-preset', 'veryfast', '-crf', '23']);
}

async function oneByOne(
  clip: string,
  folder: string,
  shortSides: readonly number[],
  x264: readonly string[],
): Promise<Way> {
  const made: Made[] = [];
  const startedAt = performance.now();
  for (const shortSide of shortSides) {
    const file = path.join(folder, `${x264.join('')}-${shortSide}.mp4`);
    await ffmpeg([
      ...['-i', clip, '-vf', `scale=-2:${shortSide}`, '-c:v', 'libx264', ...x264],
      ...['-c:a', 'aac', '-b:a', '128k', file],
    ]);
    made.push({ shortSide, file });
  }
  return { seconds: (performance.now() - startedAt) / 1000, made };
}

/** How much a file of one size is like its source (1 is the same), and what it costs. */
export interface Quality {
  ssim: number;
  kilobitsPerSecond: number;
}

export async function qualityOf(clip: string, { file }: Made): Promise<Quality> {
  const compare = '[1:v][0:v]scale2ref=flags=bicubic[source][made];[made][source]ssim';
  const args = ['-hide_banner', '-i', file, '-i', clip, '-lavfi', compare, '-f', 'null', '-'];
  const { stderr } = await promisify(execFile)('ffmpeg', args);
  const ssim = Number(/SSIM.*All:([\d.]+)/.exec(stderr)?.[1]);
  return { ssim, kilobitsPerSecond: Math.round(await videoKilobits(file)) };
}

/** Of the picture alone: files of the pipeline have no sound. */
async function videoKilobits(file: string): Promise<number> {
  const entries = ['-select_streams', 'v', '-show_entries', 'packet=size,duration_time'];
  const { stdout } = await promisify(execFile)(
    'ffprobe',
    ['-v', 'error', ...entries, '-of', 'csv=p=0', file],
    { maxBuffer: 2 ** 26 },
  );
  const packets = stdout.split('\n').map((line) => line.split(',').map(Number));
  const seconds = packets.reduce((sum, [duration = 0]) => sum + duration, 0);
  const bytes = packets.reduce((sum, [, size = 0]) => sum + size, 0);
  if (!(seconds > 0)) return ((await stat(file)).size * 8) / 1000;
  return (bytes * 8) / 1000 / seconds;
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-y', ...args]);
}
