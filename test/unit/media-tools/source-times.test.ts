import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EncodingPlan, VideoRendition } from '../../../src/media/encoding-plan.js';
import {
  DEFAULT_ENCODING_SETTINGS,
  type EncodingSettings,
} from '../../../src/media/encoding-settings.js';
import { parseMediaPlaylist } from '../../../src/media/hls-media-playlist.js';
import { planEncoding } from '../../../src/media/plan.js';
import { isSync, ticksOf } from '../../../src/media/samples.js';
import { trackHeader } from '../../../src/media/track-header.js';
import { alignmentProblems, renditionProblems } from '../../../src/media/verify.js';
import { probeSource } from '../../../src/media-tools/ffprobe.js';
import { fragmentSamples } from '../media/cmaf.js';
import { clipFolder, tone } from './clips.js';
import { encodeIntoFolder } from './encoded.js';

const clips = clipFolder();
afterAll(() => clips.remove());

const ascending = (a: number, b: number) => a - b;

/** What is in a rung that has been encoded. */
function rungIn(plan: EncodingPlan, directory: string, { folder }: VideoRendition) {
  const read = (file: string) => readFileSync(join(directory, folder, file));
  const track = trackHeader(read('init.mp4'));
  const list = parseMediaPlaylist(read('index.m3u8').toString());
  const segments = list.segments.map(({ uri }) => fragmentSamples(read(uri), track).flat());
  const samples = segments.flat().map((sample) => ({
    isKey: isSync(sample),
    seconds: (sample.decodeTicks + sample.compositionTicks) / track.timescale,
  }));
  return {
    folder,
    list,
    problems: renditionProblems(list, plan),
    tickSeconds: 1 / track.timescale,
    shown: samples.map(({ seconds }) => seconds).sort(ascending),
    keys: samples.filter(({ isKey }) => isKey).map(({ seconds }) => seconds),
    cuts: segments.map((segment) => segment.length),
    seconds: ticksOf(segments.flat()) / track.timescale,
  };
}

/** A source that is its own top rung, encoded as it is planned. */
async function encoded(sourcePath: string, settings: Partial<EncodingSettings> = {}) {
  const plan = planEncoding(await probeSource(sourcePath, { ffprobePath: 'ffprobe' }), {
    ...DEFAULT_ENCODING_SETTINGS,
    ...{ preset: 'ultrafast', rungShortSides: [90, 180] },
    ...settings,
  });
  expect(plan.keyFrames).toBe('source');
  const outputDirectory = mkdtempSync(clips.path('out-'));
  for (const run of plan.runs) {
    await encodeIntoFolder(plan, run, { sourcePath, outputDirectory, threads: 2 });
  }
  const rungs = plan.runs.flatMap(({ video }) => video);
  const [top, ...lower] = rungs.map((rung) => rungIn(plan, outputDirectory, rung));
  if (!top) throw new Error('A plan has a rung.');
  return { top, lower };
}

/** When a source's frames and its key frames are shown, from the first one on. */
function sourceTimes(path: string) {
  const entries = ['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0'];
  const args = ['-v', 'error', '-select_streams', 'v:0', ...entries, path];
  const lines = execFileSync('ffprobe', args).toString().split('\n');
  const packets = lines.filter((line) => line.includes(','));
  const times = packets.map(Number.parseFloat).sort(ascending);
  const since = (seconds: number) => seconds - (times[0] ?? NaN);
  const keys = packets.filter((line) => line.includes('K')).map(Number.parseFloat);
  return { shown: times.map(since), keys: keys.map(since) };
}

const expectNear = (found: number[], expected: number[], toleranceSeconds: number) => {
  expect(found).toHaveLength(expected.length);
  const off = found.map((seconds, at) => Math.abs(seconds - (expected[at] ?? NaN)));
  expect(Math.max(...off)).toBeLessThanOrEqual(toleranceSeconds);
};

const picture = (seconds: number) => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=30:duration=${seconds}`],
];
/** So many frames at one rate, and the rest at another. */
const changing = (frames: number, first: number, second: number) => {
  const later = `${frames}/${first}+(N-${frames})/${second}`;
  return [
    ...['-vf', `settb=1/90000,setpts='if(lt(N,${frames}),N/${first},${later})/TB'`],
    ...['-fps_mode', 'passthrough', '-enc_time_base', '1/90000'],
  ];
};
const x264 = (...params: string[]) => [
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-crf', '45'],
  ...['-x264-params', ['keyint=600:min-keyint=1:scenecut=0', ...params].join(':')],
];
const WITH_B = 'bframes=3:b-adapt=0:b-pyramid=normal';
const forced = (...seconds: number[]) => ['-force_key_frames', seconds.join()];
const sound = ['-c:a', 'aac', '-b:a', '16k', '-ac', '1'];
/** Key frames 5 s apart, in a part of 60 frames a second and in one of few. */
const fastThenSlow = (second: number) => [
  ...[...picture(12), ...changing(300, 60, second)],
  ...[...x264('bframes=0'), ...forced(...Array.from({ length: 20 }, (_, at) => 5 * at))],
];

const varying = [...picture(6), ...changing(90, 30, 12), ...x264(WITH_B), ...forced(1, 3, 4.5, 8)];
const looped = (extension: string) => {
  const args = [...picture(3), ...tone(3.02), ...x264(WITH_B), ...forced(1, 2), ...sound];
  const once = clips.make(`once-for-${extension}.mp4`, ...args);
  return clips.make(`loops.${extension}`, '-stream_loop', '3', '-i', once, '-c', 'copy');
};

describe('a rung below a bitstream', () => {
  it.each<[string, () => string]>([
    ...['mp4', 'mov', 'mkv', 'ts'].map((to): [string, () => string] => [
      `of variable rate in ${to}`,
      () => clips.make(`varying.${to}`, ...varying),
    ]),
    ...['mp4', 'mov', 'mkv', 'ts'].map((to): [string, () => string] => [
      `in loops in ${to}`,
      () => looped(to),
    ]),
    // The clock of a transport stream has 33 bits, and begins anew after 95443.7 s.
    ...['4000', '95440'].map((offset): [string, () => string] => [
      `that starts at ${offset} s`,
      () => {
        const args = [...picture(5), ...tone(5), ...x264(WITH_B), ...forced(2, 4), ...sound];
        return clips.make(`at-${offset}.ts`, ...args, '-output_ts_offset', offset);
      },
    ]),
    ...['600', '1000', '10000000'].map((timescale): [string, () => string] => [
      `of variable rate in 1/${timescale} s`,
      () => clips.make(`in-${timescale}.mp4`, ...varying, '-video_track_timescale', timescale),
    ]),
    [
      'with key frames as far apart as they may be',
      () => clips.make('far.mkv', ...picture(14), ...x264('bframes=0'), ...forced(1, 7, 13)),
    ],
    ['that is fast and then slow', () => clips.make('fast-slow.mp4', ...fastThenSlow(12))],
  ])('%s has its frames, their times and its key frames', async (_, make) => {
    const path = make();
    const { top, lower } = await encoded(path);
    const source = sourceTimes(path);
    // ffprobe writes microseconds.
    expectNear(top.shown, source.shown, top.tickSeconds + 2e-6);
    expectNear(top.keys, source.keys, top.tickSeconds + 2e-6);
    expect(top.problems).toEqual([]);
    expect(lower).toHaveLength(1);
    for (const rung of lower) {
      const tolerance = 1 / 90_000 + (top.tickSeconds + rung.tickSeconds) / 2;
      expectNear(rung.shown, top.shown, tolerance);
      expectNear(rung.keys, top.keys, tolerance);
      expect(rung.cuts).toEqual(top.cuts);
      // The last frame stays as long in one as in the other.
      expect(Math.abs(rung.seconds - top.seconds)).toBeLessThanOrEqual(3 * tolerance);
      expect(rung.seconds).toBeGreaterThan((rung.shown.at(-1) ?? NaN) + 0.01);
      expect(rung.problems).toEqual([]);
    }
    const lists = [top, ...lower].map(({ folder, list }) => [folder, list] as const);
    expect(alignmentProblems(new Map(lists))).toEqual([]);
  });

  it('in another codec has them too, or steady GOPs where its encoder can only count', async () => {
    // Of three frames a second, those of two seconds on average would last too long.
    const path = clips.make('slow.mp4', ...fastThenSlow(3));
    const { top, lower } = await encoded(path, { encoders: ['x264', 'x265', 'svtav1'] });
    expect(lower.map(({ folder }) => folder)).toEqual([
      ...['v90p', 'hevc-v90p', 'hevc-v180p', 'av1-v90p', 'av1-v180p'],
    ]);
    for (const rung of lower) {
      expect([rung.folder, rung.problems]).toEqual([rung.folder, []]);
      if (rung.folder.startsWith('av1')) {
        const gaps = rung.keys.slice(1).map((key, at) => key - (rung.keys[at] ?? NaN));
        expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(0.001);
        expect(Math.abs((gaps[0] ?? NaN) - 2)).toBeLessThan(0.1);
      } else {
        expectNear(rung.shown, top.shown, 2 / 90_000);
        expectNear(rung.keys, top.keys, 2 / 90_000);
        expect(rung.cuts).toEqual(top.cuts);
      }
    }
  });
});
