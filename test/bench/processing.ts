import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, open } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { VideoStatusDto } from '../../src/catalogue/video.dto.js';
import { encodeArgs, renditionFolders, stillsFolders } from '../../src/media/encode-args.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../src/media/encoding-settings.js';
import { planEncoding } from '../../src/media/plan.js';
import { probeSource } from '../../src/media-tools/ffprobe.js';
import type { Client } from '../support/client.js';
import type { Made, Way } from './ladder.js';

const POLL_MILLISECONDS = 50;
/** Asked more often, the server would take a part of what the encoder needs. */
const LONGEST_POLL_MILLISECONDS = 2000;
/** Of what comes after the encoding, which nothing is expected to take long. */
const ENCODED_PERCENT = 95;
/** Until a cancelled encoder is gone. */
const SETTLE_MILLISECONDS = 3000;

/** Seconds from the end of an upload until people can watch, and until everything is done. */
export interface ProcessingTimes {
  playableSeconds: number;
  readySeconds: number;
}

/** Seconds from the end of an upload until everything is done, of which nobody asks but rarely. */
export async function readySeconds(client: Client, clip: string): Promise<number> {
  const id = await client.uploadVideo(clip);
  const uploadedAt = performance.now();
  for (;;) {
    const { status, error, progress } = await client.statusOf(id);
    if (status === 'failed') throw new Error(error?.detail);
    if (status === 'ready') return (performance.now() - uploadedAt) / 1000;
    await sleep(untilNextLook(progress));
  }
}

/** Half of the time that is left, so that the end is looked for ever more closely. */
function untilNextLook({ percent, eta_seconds: left }: VideoStatusDto['progress']): number {
  if (percent >= ENCODED_PERCENT) return POLL_MILLISECONDS;
  if (left === null) return LONGEST_POLL_MILLISECONDS;
  return Math.min(LONGEST_POLL_MILLISECONDS, Math.max(POLL_MILLISECONDS, (left * 1000) / 2));
}

/** Uploads a clip and waits for it. */
export async function processingTimes(client: Client, clip: string): Promise<ProcessingTimes> {
  const id = await client.uploadVideo(clip);
  const uploadedAt = performance.now();
  const elapsed = () => (performance.now() - uploadedAt) / 1000;
  let playableSeconds: number | undefined;
  for (;;) {
    const video = await client.statusOf(id);
    if (video.status === 'failed') throw new Error(video.error?.detail);
    if (video.playable) playableSeconds ??= elapsed();
    if (video.status === 'ready') {
      return { playableSeconds: playableSeconds ?? elapsed(), readySeconds: elapsed() };
    }
    const isAwaited = playableSeconds === undefined;
    await sleep(isAwaited ? POLL_MILLISECONDS : untilNextLook(video.progress));
  }
}

/** Uploads a clip, and stops its processing as soon as people could watch it. */
export async function playableSeconds(client: Client, clip: string): Promise<number> {
  const id = await client.uploadVideo(clip);
  const uploadedAt = performance.now();
  for (;;) {
    const video = await client.statusOf(id);
    if (video.status === 'failed') throw new Error(video.error?.detail);
    if (video.playable) break;
    await sleep(POLL_MILLISECONDS);
  }
  const seconds = (performance.now() - uploadedAt) / 1000;
  await client.post(`videos/${id}/cancel`, {});
  await sleep(SETTLE_MILLISECONDS);
  return seconds;
}

/**
 * Runs ffmpeg alone with the very arguments the pipeline would use to encode everything.
 * @param rungShortSides the pipeline's default when absent
 */
export async function bareFfmpeg(
  clip: string,
  folder: string,
  rungShortSides = DEFAULT_ENCODING_SETTINGS.rungShortSides,
): Promise<Way> {
  const settings = { ...DEFAULT_ENCODING_SETTINGS, rungShortSides, remux: false };
  const plan = planEncoding(await probeSource(clip, { ffprobePath: 'ffprobe' }), settings);
  const outputDirectory = await mkdtemp(path.join(folder, 'bare-'));
  const made: Made[] = [];
  const startedAt = performance.now();
  for (const run of plan.runs) {
    for (const name of stillsFolders(run)) await mkdir(path.join(outputDirectory, name));
    const file = (name: string) => path.join(outputDirectory, `${name}.mp4`);
    await bareRun(
      encodeArgs(plan, run, { sourcePath: clip, outputDirectory }),
      renditionFolders(run).map(file),
    );
    made.push(
      ...run.video.map(({ folder: name, width, height }) => {
        return { shortSide: Math.min(width, height), file: file(name) };
      }),
    );
  }
  return { seconds: (performance.now() - startedAt) / 1000, made };
}

/** Runs ffmpeg with its pipes, from 3 on, leading into files. */
async function bareRun(args: readonly string[], outputs: readonly string[]): Promise<void> {
  const files = await Promise.all(outputs.map((file) => open(file, 'w')));
  const stdio = ['ignore', 'ignore', 'inherit', ...files.map(({ fd }) => fd)] as const;
  const [code] = (await once(spawn('ffmpeg', args, { stdio: [...stdio] }), 'exit')) as [number];
  await Promise.all(files.map((file) => file.close()));
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`);
}
