import fc from 'fast-check';
import { renditionFolders } from '../../../src/media/encode-args.js';
import { pixelsOf } from '../../../src/media/encode-cost.js';
import { segmentLengths, targetSeconds } from '../../../src/media/gop.js';
import { EncodingPlanSchema, type EncodingPlan } from '../../../src/media/encoding-plan.js';
import { DEFAULT_ENCODING_SETTINGS } from '../../../src/media/encoding-settings.js';
import { planEncoding } from '../../../src/media/plan.js';
import type { AudioTrack, SourceInfo, VideoTrack } from '../../../src/media/source-info.js';
import { source } from './sources.js';

const SLOW = { pixelsPerSecond: 1e6 };
const FAST = { pixelsPerSecond: 1e9 };
const BUSY = { pixelsPerSecond: 0 };

const sound = (index: number): AudioTrack => ({
  ...{ index, codec: 'aac', channels: 2, sampleRateHz: 48_000, isDefault: false },
});
const audio = [sound(1), sound(2)];

/** What of a source's bitstream makes it one that players know. */
const known = (durationSeconds: number, rate: number): Partial<VideoTrack> => ({
  ...{ codec: 'h264', profile: 'High', pixelFormat: 'yuv420p', bitrateBps: 40_000 },
  keyFrames: {
    ...{ frames: Math.round(durationSeconds * rate), seconds: durationSeconds },
    longestGapSeconds: 2,
  },
});
const usual = source({ audio });
const compatible = source({ audio, video: known(6, 25) });
const small = (short: number) => ({
  ...{ width: 2 * short, height: short, displayWidth: 2 * short, displayHeight: short },
});

const plan = (info: SourceInfo, pace?: { pixelsPerSecond: number }, remux = true) =>
  planEncoding(info, { ...DEFAULT_ENCODING_SETTINGS, remux }, pace);

/** The renditions of each run. */
const runsOf = ({ runs }: EncodingPlan) =>
  Object.fromEntries(runs.map((run) => [run.id, renditionFolders(run).join(' ')]));

describe('the runs of a plan', () => {
  const whole = { main: 'v240p v360p v480p v720p a0 a1' };
  const quick = { first: 'v480p a0 a1', main: 'v240p v360p v720p' };
  const bitstream = { first: 'v720p a0 a1', main: 'v240p v360p v480p' };

  it.each([
    ['one where nobody knows how fast the machine is', usual, undefined, whole],
    ['one where the machine keeps up', usual, FAST, whole],
    ['a quick one first where the machine is slow', usual, SLOW, quick],
    ['a quick one first where it has to wait for its turn', usual, BUSY, quick],
    ['the bitstream first, however fast the machine is', compatible, undefined, bitstream],
    ['the bitstream first on a fast machine', compatible, FAST, bitstream],
    ['the bitstream first on a slow machine, instead of a quick one', compatible, SLOW, bitstream],
    ['the bitstream first where it has to wait', compatible, BUSY, bitstream],
  ])('are %s', (_, info, pace, runs) => expect(runsOf(plan(info, pace))).toEqual(runs));

  it('leave the bitstream alone where that is not wanted', () => {
    expect(runsOf(plan(compatible, undefined, false))).toEqual(whole);
    expect(runsOf(plan(compatible, SLOW, false))).toEqual(quick);
    expect(plan(compatible, SLOW, false).keyFrames).toBe('steady');
  });

  it('turn from one into two where the machine gets too slow', () => {
    const [run] = plan(usual).runs;
    const pixelsPerSecond = pixelsOf(run?.video ?? [], 25);
    expect(plan(usual, { pixelsPerSecond }).runs).toHaveLength(1);
    expect(plan(usual, { pixelsPerSecond: pixelsPerSecond - 1 }).runs).toHaveLength(2);
  });

  it('are one where there is one size, which nothing could be made before', () => {
    const one = source({ audio, video: small(240) });
    expect(runsOf(plan(one, SLOW))).toEqual({ main: 'v240p a0 a1' });
    expect(runsOf(plan(one, BUSY))).toEqual({ main: 'v240p a0 a1' });
  });

  it('are one where no size is small', () => {
    const settings = { ...DEFAULT_ENCODING_SETTINGS, rungShortSides: [540, 720] };
    const { runs } = planEncoding(usual, settings, SLOW);
    expect(runs.map(({ id }) => id)).toEqual(['main']);
  });

  it('are two where the one size is the bitstream: pictures are to be drawn as well', () => {
    const one = source({ audio, video: { ...known(6, 25), ...small(240) } });
    expect(runsOf(plan(one))).toEqual({ first: 'v240p a0 a1', main: '' });
    expect(plan(one).runs[1]?.stills).toEqual(plan(one, undefined, false).runs[0]?.stills);
  });

  it('begin with the largest of the small sizes, which may be the largest of all', () => {
    const sd = source({ audio, video: small(480) });
    expect(runsOf(plan(sd, SLOW))).toEqual({ first: 'v480p a0 a1', main: 'v240p v360p' });
    const odd = source({ audio, video: small(400) });
    expect(runsOf(plan(odd, SLOW))).toEqual({ first: 'v400p a0 a1', main: 'v240p' });
    const tall = source({ audio, video: { displayWidth: 720, displayHeight: 1280 } });
    expect(runsOf(plan(tall, SLOW))).toEqual(quick);
  });

  it('have a bitstream only where the source has the size of the highest rung', () => {
    const large = source({ audio, video: { ...known(6, 25), ...small(2160) } });
    expect(plan(large).runs.map(({ bitstream: own }) => own)).toEqual([undefined]);
    expect(plan(large, SLOW).runs.map(({ bitstream: own }) => own)).toEqual([undefined, undefined]);
  });
});

describe('a bitstream', () => {
  it('has its key frames in every size, and segments as long as it takes', () => {
    const made = plan(compatible);
    expect(made.keyFrames).toBe('source');
    expect(targetSeconds(made)).toBe(6);
    expect(segmentLengths(made)).toEqual({ segmentSeconds: 4, firstSeconds: 2 });
    expect(plan(usual, SLOW).keyFrames).toBe('steady');
    expect(targetSeconds(plan(usual, SLOW))).toBe(4);
  });

  it.each<[string, Partial<VideoTrack>, object]>([
    [
      'nothing where it says everything',
      { color: { hdr: false, primaries: 'bt709', transfer: 'bt709', matrix: 'bt709' } },
      {},
    ],
    [
      'nothing where it says something else',
      { color: { hdr: false, primaries: 'bt470bg', transfer: 'gamma28', matrix: 'bt470bg' } },
      {},
    ],
    ['BT.709 where it is silent, and large', {}, { color: 1 }],
    ['BT.601 where it is silent, and small', small(360), { color: 6 }],
    ['what its matrix says', { color: { hdr: false, matrix: 'smpte170m' } }, { color: 6 }],
    [
      'BT.709 for a small one of that matrix',
      { ...small(360), color: { hdr: false, matrix: 'bt709' } },
      { color: 1 },
    ],
  ])('is told of its colours %s', (_, video, expected) => {
    const [first] = plan(source({ video: { ...known(6, 25), ...video } })).runs;
    expect(JSON.parse(JSON.stringify(first?.bitstream))).toEqual(expected);
  });
});

const anyRate = fc.constantFrom(12, 24, 25, 50, 24_000 / 1001, 30_000 / 1001, 60_000 / 1001);
const anySource = fc
  .record({
    durationSeconds: fc.double({ min: 1, max: 20_000, noNaN: true }),
    width: fc.integer({ min: 2, max: 1100 }).map((half) => 2 * half),
    height: fc.integer({ min: 2, max: 1100 }).map((half) => 2 * half),
    rate: anyRate,
    isKnown: fc.boolean(),
    tracks: fc.nat({ max: 10 }),
  })
  .map(({ durationSeconds, width, height, rate, isKnown, tracks }) =>
    source({
      durationSeconds,
      audio: Array.from({ length: tracks }, (_, at) => sound(at + 1)),
      video: {
        ...{ width, height, displayWidth: width, displayHeight: height },
        ...{ frameRate: rate, nominalFrameRate: rate },
        ...(isKnown ? known(durationSeconds, rate) : {}),
      },
    }),
  );
const anyPace = fc.option(
  fc.record({ pixelsPerSecond: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 1e9 })) }),
  { nil: undefined },
);

describe('however a source is split', () => {
  it('each size is in one run, sound in the first, pictures in the last', () => {
    fc.assert(
      fc.property(anySource, anyPace, fc.boolean(), (any, pace, remux) => {
        const [whole] = plan(any, undefined, false).runs;
        const { runs, keyFrames } = plan(any, pace, remux);
        expect(runs.map(({ id }) => id)).toEqual(['first', 'main'].slice(-runs.length));
        expect(runs.flatMap(({ video }) => video).sort((a, b) => a.height - b.height)).toEqual(
          [...(whole?.video ?? [])].sort((a, b) => a.height - b.height),
        );
        expect(runs[0]?.video.length).toBeGreaterThan(0);
        expect(runs.map((run) => run.audio)).toEqual([whole?.audio, []].slice(0, runs.length));
        expect(runs.map(({ stills }) => stills)).toEqual(
          [undefined, whole?.stills].slice(-runs.length),
        );
        expect(keyFrames === 'source').toBe(runs[0]?.bitstream !== undefined);
        expect(runs.at(-1)?.bitstream).toBe(runs.length === 1 ? runs[0]?.bitstream : undefined);
      }),
    );
  });

  it('a bitstream is the largest size, wins over a quick run, and needs no pace', () => {
    fc.assert(
      fc.property(anySource, anyPace, (any, pace) => {
        const made = plan(any, pace);
        if (made.keyFrames === 'steady') {
          expect(made).toEqual(plan(any, pace, false));
          return;
        }
        expect(made).toEqual(plan(any));
        const [first, main] = made.runs;
        const { width, height } = any.video;
        expect(first?.video).toMatchObject([{ width, height }]);
        for (const lower of main?.video ?? []) {
          expect(lower.width * lower.height).toBeLessThan(width * height);
        }
      }),
    );
  });

  it('a plan survives being stored as JSON', () => {
    fc.assert(
      fc.property(anySource, anyPace, (any, pace) => {
        const made = plan(any, pace);
        const stored: unknown = JSON.parse(JSON.stringify(made));
        expect(EncodingPlanSchema.parse(stored)).toEqual(made);
        expect(plan(any, pace)).toEqual(made);
      }),
    );
  });

  it('plans from before there were bitstreams have steady key frames', () => {
    const { keyFrames, ...older } = plan(usual);
    const stored: unknown = JSON.parse(JSON.stringify(older));
    expect(EncodingPlanSchema.parse(stored).keyFrames).toBe(keyFrames);
  });
});
