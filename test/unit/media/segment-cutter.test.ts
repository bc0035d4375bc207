import fc from 'fast-check';
import type { Sample } from '../../../src/media/samples.js';
import { SegmentCutter, type SegmentLengths } from '../../../src/media/segment-cutter.js';
import { KEY } from './cmaf.js';

interface Rate {
  numerator: number;
  denominator: number;
}

const RATES: Rate[] = [
  { numerator: 10, denominator: 1 },
  { numerator: 24_000, denominator: 1001 },
  { numerator: 24, denominator: 1 },
  { numerator: 25, denominator: 1 },
  { numerator: 30_000, denominator: 1001 },
  { numerator: 30, denominator: 1 },
  { numerator: 60_000, denominator: 1001 },
];

/** Ticks at which a frame begins, in a timescale; the last one is that of Matroska, by ffmpeg's muxer. */
type Clock = (frame: number, rate: Rate) => number;
const inTicks = (frame: number, { numerator, denominator }: Rate, timescale: number) =>
  Math.round((frame * denominator * timescale) / numerator);
const CLOCKS: { timescale: number; ticksOf: Clock }[] = [
  ...[12_288, 16_000, 30_000, 90_000].map((timescale) => ({
    timescale,
    ticksOf: (frame: number, rate: Rate) => inTicks(frame, rate, timescale),
  })),
  { timescale: 16_000, ticksOf: (frame, rate) => 16 * inTicks(frame, rate, 1000) },
];
type RenditionClock = (typeof CLOCKS)[number];

/** Frames of two seconds, nearly. */
const gopOf = ({ numerator, denominator }: Rate) => Math.round((2 * numerator) / denominator);
const lengthsOf = (rate: Rate): SegmentLengths => {
  const firstSeconds = (gopOf(rate) * rate.denominator) / rate.numerator;
  return { firstSeconds, segmentSeconds: 2 * firstSeconds };
};

/** A group of a key frame and the rest, from one frame to another. */
function group(from: number, to: number, rate: Rate, { ticksOf }: RenditionClock): Sample[] {
  const starts = to - from > 1 ? [from, from + 1, to] : [from, to];
  return starts.slice(0, -1).map((frame, at) => ({
    decodeTicks: ticksOf(frame, rate),
    durationTicks: ticksOf(starts[at + 1] ?? to, rate) - ticksOf(frame, rate),
    compositionTicks: 0,
    flags: KEY,
    data: new Uint8Array(),
  }));
}

function groupsOf(frames: readonly number[], rate: Rate, clock: RenditionClock): Sample[][] {
  let at = 0;
  return frames.map((length) => {
    at += length;
    return group(at - length, at, rate, clock);
  });
}

function cut(groups: readonly Sample[][], rate: Rate, { timescale }: RenditionClock) {
  const cutter = new SegmentCutter(lengthsOf(rate), timescale);
  const segments = groups.flatMap((samples) => cutter.push(samples));
  return [...segments, ...cutter.end()];
}

/** How long each segment is, in seconds. */
const secondsOf = (segments: readonly Sample[][], { timescale }: RenditionClock) =>
  segments.map((samples) => samples.reduce((sum, s) => sum + s.durationTicks, 0) / timescale);

const anyRate = fc.constantFrom(...RATES);
const anyClock = fc.constantFrom(...CLOCKS);
/** Lengths of groups in frames: any, or as an encoder that counts them makes them, up to a part of a segment. */
const anyGroups = (longestOfSegment: number) =>
  anyRate.chain((rate) => {
    const most = Math.floor(2 * gopOf(rate) * longestOfSegment);
    const half = gopOf(rate) / 2;
    const length = fc.oneof(
      fc.integer({ min: 1, max: most }),
      fc
        .integer({ min: 1, max: Math.max(1, Math.floor(most / half)) })
        .map((n) => Math.ceil(n * half)),
    );
    const frames = fc.array(
      length.map((n) => Math.min(n, most)),
      { minLength: 1, maxLength: 40 },
    );
    return frames.map((lengths) => ({ rate, lengths }));
  });

describe('cutting segments', () => {
  it('loses nothing, keeps the order and cuts only where a group begins', () => {
    fc.assert(
      fc.property(anyGroups(1.4), anyClock, ({ rate, lengths }, clock) => {
        const groups = groupsOf(lengths, rate, clock);
        const segments = cut(groups, rate, clock);
        expect(segments.flat()).toEqual(groups.flat());
        const starts = new Set(groups.map(([first]) => first));
        for (const [first] of segments) expect(first && starts.has(first)).toBe(true);
      }),
    );
  });

  it('makes none longer than one and a half, unless a group alone is, which is refused', () => {
    fc.assert(
      fc.property(anyGroups(2), anyClock, ({ rate, lengths }, clock) => {
        const groups = groupsOf(lengths, rate, clock);
        const longest = 1.5 * lengthsOf(rate).segmentSeconds + 0.0025;
        if (Math.max(...secondsOf(groups, clock)) > longest) {
          expect(() => cut(groups, rate, clock)).toThrow('no key frame for');
          return;
        }
        const seconds = secondsOf(cut(groups, rate, clock), clock);
        expect(Math.max(...seconds)).toBeLessThanOrEqual(longest);
      }),
    );
  });

  it('cuts renditions with the same groups alike, whatever their timescale', () => {
    fc.assert(
      fc.property(anyGroups(1.4), ({ rate, lengths }) => {
        const [first, ...others] = CLOCKS.map((clock) =>
          cut(groupsOf(lengths, rate, clock), rate, clock).map((samples) => samples.length),
        );
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 500 },
    );
  });

  it('cuts alike what a source counts in milliseconds', () => {
    const milliseconds = fc.oneof(
      fc.integer({ min: 1, max: 5000 }),
      fc
        .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: -4, max: 4 }))
        .map(([seconds, off]) => 1000 * seconds + off),
    );
    const rate = { numerator: 1000, denominator: 1 };
    fc.assert(
      fc.property(fc.array(milliseconds, { minLength: 1, maxLength: 40 }), (lengths) => {
        const [first, ...others] = CLOCKS.map((clock) =>
          cut(groupsOf(lengths, rate, clock), rate, clock).map((samples) => samples.length),
        );
        for (const other of others) expect(other).toEqual(first);
      }),
      { numRuns: 1000 },
    );
  });

  it('makes short segments first', () => {
    const short = anyRate.chain((rate) => {
      const length = fc.integer({ min: 1, max: Math.floor(gopOf(rate) / 4) });
      return fc
        .array(length, { minLength: 80, maxLength: 120 })
        .map((lengths) => ({ rate, lengths }));
    });
    fc.assert(
      fc.property(short, anyClock, ({ rate, lengths }, clock) => {
        const { firstSeconds } = lengthsOf(rate);
        const segments = cut(groupsOf(lengths, rate, clock), rate, clock);
        const first = secondsOf(segments, clock).slice(0, -1).slice(0, 4);
        for (const seconds of first) {
          expect(Math.abs(seconds - firstSeconds)).toBeLessThan(firstSeconds / 4 + 0.004);
        }
      }),
    );
  });

  it.each(RATES)('stays on the grid for 10,000 segments of $numerator/$denominator', (rate) => {
    const gop = gopOf(rate);
    for (const clock of CLOCKS) {
      const groups = groupsOf(Array<number>(20_004).fill(gop), rate, clock);
      const segments = cut(groups, rate, clock).map((samples) => samples.length / 2);
      expect(segments).toHaveLength(10_004);
      expect(segments.slice(0, 4)).toEqual([1, 1, 1, 1]);
      expect(new Set(segments.slice(4))).toEqual(new Set([2]));
    }
  });

  it('stays on the grid with sound, whose frames never end on it', () => {
    const cutter = new SegmentCutter({ firstSeconds: 2.002, segmentSeconds: 4.004 }, 48_000);
    const frame = (at: number): Sample => ({
      ...{ decodeTicks: 1024 * at, durationTicks: 1024, compositionTicks: 0, flags: KEY },
      data: new Uint8Array(),
    });
    const frames = Array.from({ length: 400_000 }, (_, at) => [frame(at)]);
    const segments = frames.flatMap((one) => cutter.push(one));
    expect(segments.length).toBeGreaterThan(2000);
    const off = segments.map((samples, at) => {
      const end = ((samples.at(-1)?.decodeTicks ?? 0) + 1024) / 48_000;
      return end - 2.002 * (at < 4 ? at + 1 : 2 * at - 2);
    });
    expect(Math.min(...off)).toBeGreaterThan(-0.0021);
    expect(Math.max(...off)).toBeLessThan(1024 / 48_000);
  });

  it('keeps a rest that is short, and has none without a group', () => {
    const [rate, clock] = [RATES[3], CLOCKS[0]];
    if (!rate || !clock) throw new Error('There is a rate and a clock.');
    const segments = cut(groupsOf([50, 50, 10], rate, clock), rate, clock);
    expect(secondsOf(segments, clock).map((n) => n.toFixed(2))).toEqual(['2.00', '2.00', '0.40']);
    expect(cut([], rate, clock)).toEqual([]);
  });
});
