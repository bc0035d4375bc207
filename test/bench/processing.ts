import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodeArgs, outputFolders } from '../../src/media/encode-args.js';
import { planEncoding } from '../../src/media/plan.js';
import { probeSource } from '../../src/media-tools/ffprobe.js';
import type { Client } from '../support/client.js';

const POLL_MILLISECONDS = 100;

/** Seconds from the end of an upload until people can watch, and until everything is done. */
export interface ProcessingTimes {
  playableSeconds: number;
  readySeconds: number;
}

/** Uploads a clip and waits for it. */
export async function processingTimes(client: Client, clip: string): Promise<ProcessingTimes> {
  const { status, body } = await client.upload(clip, { allow_duplicate: 'true' });
  if (status !== 201) throw new Error(`the upload was answered with ${status}`);
  const uploadedAt = performance.now();
  const elapsed = () => (performance.now() - uploadedAt) / 1000;
  let playableSeconds: number | undefined;
  for (;;) {
    const { body: video } = await client.get(`videos/${body.id}/status`);
    if (video.status === 'failed') throw new Error(video.error.detail);
    if (video.playable) playableSeconds ??= elapsed();
    if (video.status === 'ready') {
      return { playableSeconds: playableSeconds ?? elapsed(), readySeconds: elapsed() };
    }
    await sleep(POLL_MILLISECONDS);
  }
}

/** Seconds that ffmpeg alone takes with the very arguments the pipeline would use. */
export async function bareFfmpegSeconds(clip: string, folder: string): Promise<number> {
  const plan = planEncoding(await probeSource(clip, { ffprobePath: 'ffprobe' }));
  const outputDirectory = await mkdtemp(path.join(folder, 'bare-'));
  const startedAt = performance.now();
  for (const run of plan.runs) {
    for (const name of outputFolders(run)) await mkdir(path.join(outputDirectory, name));
    await promisify(execFile)(
      'ffmpeg',
      encodeArgs(plan, run, { sourcePath: clip, outputDirectory }),
    );
  }
  const seconds = (performance.now() - startedAt) / 1000;
  await rm(outputDirectory, { recursive: true });
  return seconds;
}
