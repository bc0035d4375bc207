import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { EncodingPlan } from '../../src/media/encoding-plan.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { createGround, startAppOn, type Ground, type TestApp } from '../support/app.js';
import { signUp, type Client } from '../support/client.js';
import { query } from '../support/database.js';
import { filesBelow } from '../support/files.js';
import { environment, freePort, ServerProcess } from '../support/server.js';
import { sourceFrames, titleFacts } from '../support/title-facts.js';
import { until } from '../support/until.js';
import { WatchedFfmpeg } from '../support/watched-ffmpeg.js';

let folder: string;
let ground: Ground;
let ffmpeg: WatchedFfmpeg;
let api: TestApp;
let anna: Client;
let worker: ServerProcess;

beforeAll(async () => {
  folder = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-faults-'));
  ground = await createGround();
  ffmpeg = await WatchedFfmpeg.create();
  api = await startAppOn(ground, { ROLES: 'api,scheduler' });
  worker = await startWorker();
  anna = await signUp(api, 'anna@example.com');
});

afterAll(async () => {
  await worker.stop();
  await api.close();
  await ffmpeg.remove();
  await ground.remove();
  await rm(folder, { recursive: true });
});

async function startWorker(): Promise<ServerProcess> {
  const { PATH = '' } = environment({});
  return new ServerProcess({
    PATH,
    PORT: await freePort(),
    ROLES: 'worker',
    DATABASE_URL: ground.databaseUrl,
    DATA_DIR: ground.dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ENCODE_LADDER: '90,180,360',
    ENCODE_PRESET: 'ultrafast',
    FFMPEG_PATH: ffmpeg.path,
  }).listening();
}

async function film(name: string, ...args: string[]): Promise<string> {
  const file = path.join(folder, name);
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-nostdin', ...args, file]);
  return file;
}

const picture = (seconds: number, size = '640x360') => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25:duration=${seconds}`],
  ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
  ...['-c:a', 'aac', '-pix_fmt', 'yuv420p'],
];
const x264 = [
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-b:v',
  '300k',
  '-maxrate',
  '400k',
  '-bufsize',
  '400k',
];

/** The plans of a video's revisions, oldest first. */
async function plansOf(videoId: string): Promise<EncodingPlan[]> {
  const sql = `SELECT plan FROM revisions WHERE video_id = $1 ORDER BY created_at`;
  const rows = await query<{ plan: EncodingPlan }>(ground.databaseUrl, sql, [videoId]);
  return rows.map(({ plan }) => plan);
}

async function expectWhole(videoId: string, file: string): Promise<void> {
  expect(await anna.settled(videoId, 150)).toMatchObject({ status: 'ready', error: null });
  const { hls_url } = (await anna.get(`videos/${videoId}/playback`)).body as PlaybackDto;
  const { pictures } = await titleFacts(api.origin + hls_url);
  const { frames } = await sourceFrames(file);
  expect(pictures.map((rung) => rung.frames)).toEqual(pictures.map(() => frames));
  const stored = await filesBelow(path.join(ground.dataDir, 'media', 'videos', videoId));
  expect(new Set(stored.map((name) => name.split('/')[0])).size).toBe(1);
}

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What an encode is of: its source, and whether it copies the bitstream, makes sound, or neither. */
function workOf(args: readonly string[]): string {
  const source = args.find((arg) => arg.startsWith('file:')) ?? '';
  return [source, args.includes('h264_metadata'), args.includes('aac')].join();
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** `FAULT_SEED` repeats a run. */
function faultSeed(): number {
  const seed = Number(process.env['FAULT_SEED'] ?? Date.now() % 1e6);
  process.stdout.write(`FAULT_SEED=${seed}\n`);
  return seed;
}

test('encoders and workers killed at ten random moments lose nothing of any title', async () => {
  const random = numbers(faultSeed());
  const remuxable = await film('remuxable.mp4', ...picture(12), ...x264, '-g', '50');
  const other = await film('other.mkv', ...picture(10), '-c:v', 'mpeg4', '-q:v', '5');
  await ffmpeg.readAt(2);
  const titles = [[await anna.uploadVideo(remuxable), remuxable] as const];
  await until(async () => (await ffmpeg.runsOnSources()).length > 0, { what: 'an encode' });
  for (const file of [other, remuxable]) titles.push([await anna.uploadVideo(file), file]);

  // A step is tried three times: it may fail twice.
  const failures = new Map<string, number>();
  const workersAt = new Set([2, 5, 8]);
  let kills = workersAt.size;
  for (let kill = 0; kill < 10; kill += 1) {
    await sleep(300 + 1500 * random());
    if (workersAt.has(kill)) {
      await worker.stop('SIGKILL');
      worker = await startWorker();
      continue;
    }
    const victim = await until(
      async () => {
        const running = (await ffmpeg.runsOnSources()).filter(
          ({ pid, args }) => isAlive(pid) && (failures.get(workOf(args)) ?? 0) < 2,
        );
        return running[Math.floor(random() * running.length)] ?? (await areSettled(titles));
      },
      { seconds: 60, what: 'an encode to kill' },
    );
    if (victim === true) break;
    kills += 1;
    process.kill(victim.pid, 'SIGKILL');
    const work = workOf(victim.args);
    failures.set(work, (failures.get(work) ?? 0) + 1);
  }

  expect(kills).toBe(10);
  await ffmpeg.readAsFastAsPossible();
  for (const [id, file] of titles) await expectWhole(id, file);
  const [first, second] = await Promise.all(titles.map(async ([id]) => plansOf(id)));
  expect(first?.map(({ runs }) => runs.map(({ bitstream }) => bitstream !== undefined))).toEqual([
    [true, false],
  ]);
  expect(second?.map(({ runs }) => runs.map(({ id }) => id))).toEqual([['first', 'main']]);
  expect(await filesBelow(path.join(ground.dataDir, 'scratch'))).toEqual([]);
});

test('a worker killed at ten random moments of encodes loses nothing', async () => {
  const random = numbers(faultSeed());
  const film12 = await film('slow.mkv', ...picture(12), '-c:v', 'mpeg4', '-q:v', '5');
  await ffmpeg.readAt(1);
  const titles = [await anna.uploadVideo(film12)];
  for (let kill = 0; kill < 10; kill += 1) {
    await until(
      async () => {
        const runs = await ffmpeg.runsOnSources();
        if (runs.some(({ pid }) => isAlive(pid))) return true;
        // One that came through all the same makes room for another.
        const { status } = await anna.statusOf(titles.at(-1) ?? '');
        if (status === 'ready') titles.push(await anna.uploadVideo(film12));
        return false;
      },
      { seconds: 90, what: `encode ${kill + 1}` },
    );
    await sleep(6000 * random());
    await worker.stop('SIGKILL');
    worker = await startWorker();
  }
  await ffmpeg.readAsFastAsPossible();
  for (const id of titles) await expectWhole(id, film12);
  expect(await filesBelow(path.join(ground.dataDir, 'scratch'))).toEqual([]);
}, 600_000);

async function areSettled(
  titles: readonly (readonly [string, string])[],
): Promise<true | undefined> {
  for (const [id] of titles) {
    const { body } = await anna.get(`videos/${id}/status`);
    if (!['ready', 'failed'].includes(body.status)) return undefined;
  }
  return true;
}

describe('a bitstream that is not what its index promises is encoded after all', () => {
  test.each([
    ['open groups', () => film('open.mp4', ...picture(8), ...opened)],
    ['parameters that change midway', changing],
  ])('%s', async (_, make) => {
    await ffmpeg.readAsFastAsPossible();
    const file = await make();
    const id = await anna.uploadVideo(file);
    await expectWhole(id, file);
    const bitstreams = (await plansOf(id)).map(({ runs }) => runs.some((run) => run.bitstream));
    expect(bitstreams).toEqual([true, false]);
  });

  const opened = [
    ...x264,
    '-x264-params',
    'open-gop=1:bframes=2:keyint=50:min-keyint=50:scenecut=0',
  ];

  /** Two films joined, whose pictures are coded differently and whose index does not say so. */
  async function changing(): Promise<string> {
    const part = (name: string, ...how: string[]) =>
      film(name, ...picture(4), ...x264, '-g', '50', '-an', '-bsf:v', 'dump_extra', ...how);
    const parts = [
      await part('a.ts', '-refs', '1'),
      await part('b.ts', '-refs', '4', '-level', '4.2'),
    ];
    return film('changing.mp4', '-i', `concat:${parts.join('|')}`, '-c', 'copy');
  }
});
