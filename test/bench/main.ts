import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { bareFfmpegSeconds, processingTimes } from './processing.js';
import { startServer } from './server.js';
import { uploadMemory } from './upload-memory.js';

const RUNS = 3;
const LARGE_UPLOAD_MEBIBYTES = 1024;

/** Measures start-up, processing beside bare ffmpeg, and memory during an upload; prints JSON. */
async function main(): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'videoflix-bench-'));
  try {
    console.log(JSON.stringify(await measure(folder), null, 2));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string) {
  const clip = await benchClip(folder);
  const dataDir = path.join(folder, 'data');
  const first = await startServer(dataDir);
  await first.stop();
  const starts: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const again = await startServer(dataDir);
    starts.push(again.startSeconds);
    await again.stop();
  }
  const server = await startServer(dataDir);
  const bare: number[] = [];
  const playable: number[] = [];
  const ready: number[] = [];
  try {
    for (let run = 0; run < RUNS; run += 1) {
      bare.push(await bareFfmpegSeconds(clip, folder));
      const times = await processingTimes(server.client, clip);
      playable.push(times.playableSeconds);
      ready.push(times.readySeconds);
    }
    const memory = await uploadMemory(server, LARGE_UPLOAD_MEBIBYTES);
    return {
      machine: { cores: cpus().length, model: cpus()[0]?.model, node: process.version },
      clip: path.basename(clip),
      runs: RUNS,
      start: { first_seconds: round(first.startSeconds), again_seconds: round(median(starts)) },
      processing: {
        bare_ffmpeg_seconds: round(median(bare)),
        playable_seconds: round(median(playable)),
        ready_seconds: round(median(ready)),
        playable_to_bare_ffmpeg: round(median(playable) / median(bare)),
        ready_to_bare_ffmpeg: round(median(ready) / median(bare)),
      },
      upload_memory: {
        uploaded_mebibytes: memory.uploadedMebibytes,
        seconds: round(memory.seconds),
        growth_mebibytes: round(memory.growthMebibytes),
      },
    };
  } finally {
    await server.stop();
  }
}

/** The real clip that may lie beside the checkout, or 30 s made by ffmpeg. */
async function benchClip(folder: string): Promise<string> {
  const real = path.resolve('../shared/media/big_buck_bunny_480p_30s.mp4');
  if (existsSync(real)) return real;
  const made = path.join(folder, 'generated_480p_30s.mp4');
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=854x480:rate=24:duration=30'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=30'],
    ...[
      '-vf',
      'noise=alls=8:allf=t',
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      made,
    ],
  ]);
  return made;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

await main();
