import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';
import { accountTimings } from './account-timing.js';
import { catalogue } from './catalogue.js';
import { answers } from './answers.js';
import { fullHdClips, shortClip } from './clips.js';
import { LADDER, qualityOf, sequentialWay, veryfastWay, type Made } from './ladder.js';
import { median } from './median.js';
import { bareFfmpeg, playableSeconds, processingTimes, readySeconds } from './processing.js';
import { segments, viewers } from './delivery.js';
import { startServer, type BenchServer } from './server.js';
import { diskUploads, s3Uploads } from './uploads.js';

const RUNS = 3;
/** Of each kind, to a known and to an unknown address. */
const TIMED_REQUESTS = 300;

/** What is measured; `npm run bench -- start accounts` measures only these. */
const PARTS: Readonly<Record<string, (folder: string) => Promise<object>>> = {
  start: startTimes,
  processing,
  ladder: (folder) => ladder(folder, 'h264'),
  'ladder-hevc': (folder) => ladder(folder, 'hevc'),
  playable,
  'uploads-disk': diskUploads,
  'uploads-s3': s3Uploads,
  accounts,
  answers,
  catalogue,
  segments,
  viewers,
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
  const clip = await shortClip(folder);
  return withServer(folder, {}, async ({ client }) => {
    const bare: number[] = [];
    const playable: number[] = [];
    const ready: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      bare.push((await bareFfmpeg(clip, folder)).seconds);
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

/** What a full ladder costs beside other ways to make one, and how good its pictures are; all by turns. */
async function ladder(folder: string, kind: 'h264' | 'hevc') {
  const clip = (await fullHdClips(folder))[kind];
  const encoding = { ENCODE_LADDER: LADDER.join(',') };
  const seconds: Record<string, number[]> = {};
  const note = (way: string, value: number) => (seconds[way] ??= []).push(value);
  let made: Record<string, Made[]> = {};
  const encoded = { ...encoding, ENCODE_REMUX: 'false' };
  await withServer(path.join(folder, 'encode'), encoded, async ({ client }) => {
    for (let run = 0; run < RUNS; run += 1) {
      const sequential = await sequentialWay(clip, folder);
      const veryfast = await veryfastWay(clip, folder);
      const bare = await bareFfmpeg(clip, folder, LADDER);
      note('sequential', sequential.seconds);
      note('veryfast', veryfast.seconds);
      note('bare', bare.seconds);
      note('ready', await readySeconds(client, clip));
      if (kind === 'h264') note('remuxed', await remuxedSeconds(clip, folder, encoding));
      made = { ours: bare.made, sequential: sequential.made, veryfast: veryfast.made };
    }
  });
  const medians = Object.fromEntries(
    Object.entries(seconds).map(([way, values]) => [way, median(values)]),
  );
  const ratio = (way: string, yardstick: string) =>
    round((medians[way] ?? 0) / (medians[yardstick] ?? 1));
  return {
    seconds: Object.fromEntries(Object.entries(medians).map(([way, value]) => [way, round(value)])),
    ready_to_sequential: ratio('ready', 'sequential'),
    ready_to_veryfast: ratio('ready', 'veryfast'),
    ready_to_bare: ratio('ready', 'bare'),
    ...(kind === 'h264' && { remuxed_to_sequential: ratio('remuxed', 'sequential') }),
    quality: await qualities(clip, made),
  };
}

/** On a server that is there for this only: an idle one takes time from what is measured beside it. */
async function remuxedSeconds(clip: string, folder: string, settings: Record<string, string>) {
  const ground = path.join(folder, 'remux');
  return withServer(ground, settings, ({ client }) => readySeconds(client, clip));
}

async function qualities(clip: string, made: Readonly<Record<string, Made[]>>) {
  const rows: object[] = [];
  for (const [way, files] of Object.entries(made)) {
    for (const file of files) {
      const { ssim, kilobitsPerSecond } = await qualityOf(clip, file);
      rows.push({ way, rung: file.shortSide, ssim, kilobits_per_second: kilobitsPerSecond });
    }
  }
  return rows;
}

/** From the end of an upload until people can watch, for a short and for a long film. */
async function playable(folder: string) {
  const { h264, longH264, hevc, longHevc } = await fullHdClips(folder);
  const encoding = { ENCODE_LADDER: LADDER.join(',') };
  return withServer(folder, encoding, async ({ client }) => {
    const figures: Record<string, object> = {};
    for (const [name, short, long] of [
      ['compatible', h264, longH264],
      ['others', hevc, longHevc],
    ] as const) {
      const seconds = { short: [] as number[], long: [] as number[] };
      for (let run = 0; run < RUNS; run += 1) {
        seconds.short.push(await playableSeconds(client, short));
        seconds.long.push(await playableSeconds(client, long));
      }
      figures[name] = {
        thirty_seconds: round(median(seconds.short)),
        ten_minutes: round(median(seconds.long)),
        long_to_short: round(median(seconds.long) / median(seconds.short)),
      };
    }
    return figures;
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

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

await main();
