import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { accountTimings } from './account-timing.js';
import { median } from './median.js';
import { bareFfmpegSeconds, processingTimes } from './processing.js';
import { startServer, type BenchServer } from './server.js';
import { uploadMemory } from './upload-memory.js';

const RUNS = 3;
const LARGE_UPLOAD_MEBIBYTES = 1024;
/** Of each kind, to a known and to an unknown address. */
const TIMED_REQUESTS = 300;

/** What is measured; `npm run bench -- start accounts` measures only these. */
const PARTS: Readonly<Record<string, (folder: string) => Promise<object>>> = {
  start: startTimes,
  processing,
  upload,
  accounts,
};

/** Prints the figures as JSON. */
async function main(): Promise<void> {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !(name in PARTS));
  if (unknown.length > 0) {
    console.error(`No part is called ${unknown.join(', ')}: ${Object.keys(PARTS).join(', ')}`);
    process.exitCode = 1;
    return;
  }
  const figures: Record<string, object> = {
    machine: { cores: cpus().length, model: cpus()[0]?.model, node: process.version },
  };
  for (const [name, measure] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const folder = await mkdtemp(path.join(tmpdir(), 'videoflix-bench-'));
    try {
      figures[name] = await measure(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  console.log(JSON.stringify(figures, null, 2));
}

async function startTimes(folder: string) {
  const first = await startServer(folder);
  await first.stop();
  const again: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const server = await startServer(folder);
    again.push(server.startSeconds);
    await server.stop();
  }
  return {
    runs: RUNS,
    first_seconds: round(first.startSeconds),
    again_seconds: round(median(again)),
  };
}

async function processing(folder: string) {
  const clip = await benchClip(folder);
  return withServer(folder, {}, async ({ client }) => {
    const bare: number[] = [];
    const playable: number[] = [];
    const ready: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      bare.push(await bareFfmpegSeconds(clip, folder));
      const times = await processingTimes(client, clip);
      playable.push(times.playableSeconds);
      ready.push(times.readySeconds);
    }
    return {
      clip: path.basename(clip),
      runs: RUNS,
      bare_ffmpeg_seconds: round(median(bare)),
      playable_seconds: round(median(playable)),
      ready_seconds: round(median(ready)),
      playable_to_bare_ffmpeg: round(median(playable) / median(bare)),
      ready_to_bare_ffmpeg: round(median(ready) / median(bare)),
    };
  });
}

async function upload(folder: string) {
  return withServer(folder, {}, async (server) => {
    const memory = await uploadMemory(server, LARGE_UPLOAD_MEBIBYTES);
    return {
      uploaded_mebibytes: memory.uploadedMebibytes,
      seconds: round(memory.seconds),
      growth_mebibytes: round(memory.growthMebibytes),
    };
  });
}

async function accounts(folder: string) {
  const settings = { TRUSTED_PROXIES: '127.0.0.1' };
  return withServer(folder, settings, async ({ client, email }) => {
    const timings = await accountTimings(client, email, TIMED_REQUESTS);
    return {
      requests: TIMED_REQUESTS,
      ...Object.fromEntries(
        Object.entries(timings).map(([name, { knownMilliseconds, unknownMilliseconds }]) => [
          name,
          {
            known_milliseconds: round(knownMilliseconds),
            unknown_milliseconds: round(unknownMilliseconds),
            known_to_unknown: round(knownMilliseconds / unknownMilliseconds),
          },
        ]),
      ),
    };
  });
}

async function withServer<T>(
  folder: string,
  settings: Record<string, string>,
  measure: (server: BenchServer) => Promise<T>,
): Promise<T> {
  const server = await startServer(path.join(folder, 'data'), settings);
  try {
    return await measure(server);
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

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

await main();
