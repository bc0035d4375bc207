import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse, types } from 'hls-parser';
import type { VideoDto, VideoStatusDto } from '../../src/catalogue/video.dto.js';
import type { UploadedDto } from '../../src/ingest/upload.dto.js';
import type { PlaybackDto } from '../../src/playback/playback.dto.js';
import { startApp, type TestApp } from '../support/app.js';
import { signUp, type Client } from '../support/client.js';
import { sourceFrames, titleFacts } from '../support/title-facts.js';
import { until } from '../support/until.js';
import { WatchedFfmpeg } from '../support/watched-ffmpeg.js';

const run = promisify(execFile);

const picture = (rate: string, seconds: number) => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=640x360:rate=${rate}:duration=${seconds}`],
];
const tone = (seconds: number) => ['-f', 'lavfi', '-i', `sine=duration=${seconds}`, '-c:a', 'aac'];

/** H.264 below the cap of 360p, with a key frame wherever a list of seconds says. */
const h264 = (keys: string, preset = 'veryfast') => [
  ...['-c:v', 'libx264', '-preset', preset, '-pix_fmt', 'yuv420p', '-sc_threshold', '0'],
  ...['-b:v', '400k', '-maxrate', '500k', '-bufsize', '500k', '-g', '1000'],
  ...['-force_key_frames', keys],
];

let app: TestApp;
let ffmpeg: WatchedFfmpeg;
let anna: Client;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'videoflix-first-run-'));
  ffmpeg = await WatchedFfmpeg.create();
  app = await startApp({ ENCODE_LADDER: '90,180,360', FFMPEG_PATH: ffmpeg.path });
  anna = await signUp(app, 'anna@example.com');
});

afterEach(() => ffmpeg.forgetRuns());

afterAll(async () => {
  await app.close();
  await ffmpeg.remove();
  await rm(folder, { recursive: true });
});

async function made(name: string, args: readonly string[]): Promise<string> {
  const file = path.join(folder, name);
  await run('ffmpeg', ['-v', 'error', '-y', ...args, file]);
  return file;
}

async function upload(file: string): Promise<string> {
  const { status, body } = await anna.upload(file);
  expect(status).toBe(201);
  return (body as UploadedDto).id;
}

/** Address of a video's multivariant playlist, as soon as there is one. */
async function playable(id: string): Promise<string> {
  const { hls_url } = await until(
    async () => {
      const { status, body } = await anna.get(`videos/${id}/playback`);
      return status === 200 && (body as PlaybackDto);
    },
    { what: 'the first segments' },
  );
  return new URL(hls_url, app.origin).href;
}

/** A checksum of each decoded frame, and when it is shown, in seconds from the first one on. */
async function decoded(input: string): Promise<{ sums: string[]; times: number[] }> {
  const args = ['-v', 'error', '-xerror', '-i', input, '-map', '0:v:0', '-fps_mode', 'passthrough'];
  const { stdout } = await run('ffmpeg', [
    ...[...args, '-enc_time_base', '1/90000', '-f', 'framemd5', '-'],
  ]);
  const frames = stdout.split('\n').filter((line) => /^0,/.test(line));
  const fields = frames.map((line) => line.split(',').map((field) => field.trim()));
  const first = Number(fields[0]?.[2]);
  return {
    sums: fields.map((frame) => frame.at(-1) ?? ''),
    times: fields.map((frame) => (Number(frame[2]) - first) / 90_000),
  };
}

/** Pictures that come 30 times a second, and then 12 times. */
const uneven = [
  ...[...picture('30', 6), ...picture('12', 6)],
  ...['-filter_complex', '[0:v][1:v]concat=n=2:v=1', '-fps_mode', 'vfr'],
];

/** Three times the same film, whose sound is a little longer than its pictures. */
async function looped(): Promise<string[]> {
  const once = [...picture('25', 5), ...tone(5.03), ...h264('0,2,4')];
  return ['-stream_loop', '2', '-i', await made('once.mp4', once), '-c', 'copy'];
}

async function master(hls: string): Promise<types.MasterPlaylist> {
  return parse(await (await fetch(hls)).text()) as types.MasterPlaylist;
}

async function segmentSeconds(hls: string, uri: string): Promise<number[]> {
  const list = parse(await (await fetch(new URL(uri, hls))).text()) as types.MediaPlaylist;
  return list.segments.map(({ duration }) => duration);
}

describe('a source that players know as it is', () => {
  test.each<[string, string, string[] | (() => Promise<string[]>)]>([
    [
      'MP4 with B-frames',
      'film.mp4',
      [...picture('25', 13), ...tone(13), ...h264('0,1.2,5,6.4,11')],
    ],
    ['at 29.97 frames a second', 'ntsc.mov', [...picture('30000/1001', 9), ...h264('0,2,4,6,8')]],
    ['Matroska', 'film.mkv', [...picture('24', 9), ...tone(9), ...h264('0,3,6')]],
    ['a transport stream', 'film.ts', [...picture('25', 9), ...tone(9), ...h264('0,5,7')]],
    ['with a rate that changes', 'uneven.mp4', [...uneven, ...h264('0,4,8')]],
    ['with a rate that changes in Matroska', 'uneven.mkv', [...uneven, ...h264('0,4,8')]],
    ['with gaps between its parts', 'looped.mp4', looped],
    ['shorter than a segment', 'short.mp4', [...picture('25', 1), ...h264('0', 'ultrafast')]],
  ])('%s, is its own largest size, bit by bit', async (_, name, args) => {
    const file = await made(name, Array.isArray(args) ? args : await args());
    const id = await upload(file);
    expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
    const hls = await playable(id);
    const { variants } = await master(hls);
    const top = variants.find(
      ({ isIFrameOnly, resolution }) => !isIFrameOnly && resolution?.height === 360,
    );
    const source = await decoded(file);
    expect((await decoded(new URL(top?.uri ?? '', hls).href)).sums).toEqual(source.sums);
    // Every size has its frames, at the same times, cut at the same key frames.
    const { frames } = await sourceFrames(file);
    const facts = await titleFacts(hls);
    expect(facts.pictures.map((p) => p.frames)).toEqual([frames, frames, frames]);
    for (const { uri, isIFrameOnly } of variants) {
      if (isIFrameOnly) continue;
      const { times } = await decoded(new URL(uri, hls).href);
      // ffmpeg adds what frames of a segment are decoded ahead, which varies with the rate.
      times.forEach((time, at) =>
        expect(Math.abs(time - (source.times[at] ?? 0))).toBeLessThan(0.1),
      );
    }
    for (const sound of facts.sounds) {
      expect(Math.abs(sound.seconds - (facts.pictures[0]?.seconds ?? 0))).toBeLessThan(0.2);
    }
    const cuts = await Promise.all(
      variants.filter((v) => !v.isIFrameOnly).map(({ uri }) => segmentSeconds(hls, uri)),
    );
    for (const other of cuts.slice(1)) {
      expect(other).toHaveLength(cuts[0]?.length ?? 0);
      other.forEach((seconds, at) => expect(seconds).toBeCloseTo(cuts[0]?.[at] ?? 0, 2));
    }
    expect(Math.max(...cuts.flat())).toBeLessThanOrEqual(6.01);
  });

  test('is all there is to a film of the smallest size, beside its pictures', async () => {
    const args = ['-f', 'lavfi', '-i', 'testsrc2=size=160x90:rate=25:duration=5'];
    const small = await made('one-size.mp4', [...args, ...h264('0,2,4'), '-b:v', '40k']);
    const id = await upload(small);
    expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
    const { body } = await anna.get(`videos/${id}`);
    expect((body as VideoDto).thumbnail_url).toEqual(expect.any(String));
    const hls = await playable(id);
    const [only, ...others] = (await master(hls)).variants.filter((v) => !v.isIFrameOnly);
    expect(others).toEqual([]);
    const { sums } = await decoded(new URL(only?.uri ?? '', hls).href);
    expect(sums).toEqual((await decoded(small)).sums);
  });

  test('can be watched from its first run on, to its end', async () => {
    const file = await made('long.mp4', [
      ...picture('25', 24),
      ...tone(24),
      ...h264('expr:gte(t,n_forced*2)'),
    ]);
    await ffmpeg.readAt(6);
    const id = await upload(file);
    const early = await playable(id);
    expect((await master(early)).variants.map(({ resolution }) => resolution?.height)).toEqual([
      360,
    ]);
    expect((await decoded(early)).sums).toHaveLength(600);
    await ffmpeg.readAsFastAsPossible();
    expect(await anna.settled(id)).toMatchObject({ status: 'ready' });
    expect((await ffmpeg.runsOnSources()).length).toBe(2);
  });

  test.each<[string, string[]]>([
    ['has key frames too far apart', [...picture('25', 14), ...h264('0,7')]],
    [
      'has more bits than its size may have',
      [
        ...picture('25', 4),
        ...h264('0,2'),
        '-b:v',
        '3M',
        '-maxrate',
        '3M',
        '-minrate',
        '3M',
        '-x264-params',
        'nal-hrd=cbr',
      ],
    ],
    ['has pixels that are not square', [...picture('25', 3), ...h264('0,2'), '-vf', 'setsar=4/3']],
  ])('is encoded all the same when it %s', async (_, args) => {
    const id = await upload(await made(`other-${args.length}.mp4`, args));
    expect(await anna.settled(id)).toMatchObject({ status: 'ready', error: null });
    const [first] = await ffmpeg.runsOnSources();
    expect(first?.args.join(' ')).not.toContain('-c:v copy');
  });
});

describe('where the encoder is busy', () => {
  test('the next upload begins with a small size, and gets the others later', async () => {
    const vp9 = ['-c:v', 'libvpx-vp9', '-cpu-used', '8', '-deadline', 'realtime', '-b:v', '300k'];
    const busy = await made('busy.webm', [...picture('25', 20), ...vp9]);
    const next = await made('next.webm', [...picture('25', 9), ...vp9]);
    await ffmpeg.readAt(2);
    const first = await upload(busy);
    await until(
      async () => {
        const { body } = await anna.get(`videos/${first}/status`);
        return (body as VideoStatusDto).progress.stage === 'encoding';
      },
      { what: 'the first encode' },
    );
    const second = await upload(next);
    const early = await playable(second);
    expect((await anna.get(`videos/${first}/status`)).body).toMatchObject({ status: 'processing' });
    await until(
      async () => {
        const { body } = await anna.get(`videos/${second}/status`);
        return (body as VideoStatusDto).progress.queue_position === 0;
      },
      { what: 'the other sizes’ place in the queue' },
    );
    expect((await master(early)).variants.map(({ resolution }) => resolution?.height)).toEqual([
      360,
    ]);
    await ffmpeg.readAsFastAsPossible();
    expect(await anna.settled(second)).toMatchObject({ status: 'ready', error: null });
    const hls = await playable(second);
    const facts = await titleFacts(hls);
    expect(facts.pictures.map(({ size }) => size).sort()).toEqual(['160x90', '320x180', '640x360']);
    expect(facts.pictures.map(({ frames }) => frames)).toEqual([225, 225, 225]);
    expect(await anna.settled(first)).toMatchObject({ status: 'ready' });
  });
});
