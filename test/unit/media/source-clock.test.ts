import fc from 'fast-check';
import { isSync, ticksOf, type Sample } from '../../../src/media/samples.js';
import { SourceClock } from '../../../src/media/source-clock.js';
import { reasonOf } from './bitstreams.js';
import { DELTA, KEY } from './cmaf.js';

const shownAt = (sample: Sample) => sample.decodeTicks + sample.compositionTicks;
const ascending = (a: number, b: number) => a - b;

/** A closed group: the first frame is shown first, all others in any order, at any distances. */
interface Group {
  /** From each frame that is shown to the next one, of this group or of that behind it. */
  gaps: number[];
  /** Which of its frames is decoded when, by its turn to be shown. */
  order: number[];
}

describe('the frames of a bitstream', () => {
  /** In milliseconds, and no frame is shown for less than one. */
  const track = { trackId: 1, timescale: 1000, isVideo: true };
  const defaults = { duration: 0, size: 0, flags: 0 };
  const init = { bytes: new Uint8Array(), track: { ...track, defaults } };
  /** A group whose frames are shown at some times, in the order they are decoded. */
  const group = (shown: readonly number[], decodeTicks = 0): Sample[] =>
    shown.map((ticks, at) => ({
      ...{ flags: at === 0 ? KEY : DELTA, data: Uint8Array.of(at) },
      ...{ decodeTicks: decodeTicks + at, durationTicks: 1 },
      compositionTicks: ticks - decodeTicks - at,
    }));
  const filtered = (groups: readonly Sample[][]) => {
    const clock = new SourceClock();
    return [...groups.map((some) => clock.take(some, init)), clock.end()];
  };
  const reason = (...groups: number[][]) =>
    reasonOf(() => filtered(groups.map((shown) => group(shown))));

  const anyGroups: fc.Arbitrary<Group[]> = fc.array(
    fc
      .array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 1e6 })), {
        minLength: 1,
        maxLength: 20,
      })
      .chain((gaps) => {
        const others = Array.from({ length: gaps.length - 1 }, (_, at) => at + 1);
        const orders = fc.shuffledSubarray(others, { minLength: others.length });
        return fc.record({ gaps: fc.constant(gaps), order: orders.map((rest) => [0, ...rest]) });
      }),
    { minLength: 1, maxLength: 6 },
  );

  it('keep their times exactly, from wherever they began, and last until the next one', () => {
    const anyTicks = fc.integer({ min: -1e9, max: 1e9 });
    fc.assert(
      fc.property(anyGroups, anyTicks, anyTicks, (groups, startTicks, decodeTicks) => {
        let next = startTicks;
        const given = groups.map(({ gaps, order }) => {
          const times = gaps.map((gap) => (next += gap) - gap);
          return group(
            order.map((turn) => times[turn] ?? NaN),
            decodeTicks,
          );
        });
        const [nothing, ...made] = filtered(given);
        expect(nothing).toEqual([]);
        expect(made).toHaveLength(given.length);
        let end = 0;
        made.forEach((samples, nth) => {
          const before = given[nth] ?? [];
          expect(samples.map(({ data }) => data)).toEqual(before.map(({ data }) => data));
          expect(samples.map(isSync)).toEqual(before.map(isSync));
          expect(samples.map(shownAt)).toEqual(before.map((one) => shownAt(one) - startTicks));
          const decoded = samples.map((sample) => sample.decodeTicks);
          expect(decoded).toEqual(samples.map(shownAt).sort(ascending));
          expect(decoded[0]).toBe(end);
          expect(decoded.slice(1)).toEqual(
            samples.slice(0, -1).map((sample) => sample.decodeTicks + sample.durationTicks),
          );
          end += ticksOf(samples);
        });
        const gaps = groups.flatMap((one) => one.gaps);
        const last = gaps.at(-2) ?? 1;
        expect(end).toBe(gaps.slice(0, -1).reduce((sum, gap) => sum + gap, 0) + last);
      }),
    );
  });

  it('wait for those behind them, and are not touched where they come from', () => {
    const clock = new SourceClock();
    const first = group([7, 9, 8]);
    const second = group([11]);
    const untouched = structuredClone([first, second]);
    expect(clock.take(first, init)).toEqual([]);
    expect(clock.take(second, init).map((sample) => sample.durationTicks)).toEqual([1, 1, 2]);
    expect(clock.end().map((sample) => sample.durationTicks)).toEqual([2]);
    expect([first, second]).toEqual(untouched);
    expect(new SourceClock().end()).toEqual([]);
  });

  it('may leave open how long the last one of a group stays', () => {
    const open = [group([0, 40]), group([90, 130])].map((some) =>
      some.map((sample) => ({ ...sample, durationTicks: 0 })),
    );
    const durations = filtered(open)
      .flat()
      .map((sample) => sample.durationTicks);
    expect(durations).toEqual([40, 50, 40, 40]);
  });

  it('are each shown for a millisecond at least', () => {
    const finer = { ...init, track: { ...init.track, timescale: 90_000 } };
    const of = (...groups: number[][]) =>
      reasonOf(() => {
        const clock = new SourceClock();
        for (const shown of groups) clock.take(group(shown), finer);
      });
    expect(of([0, 180, 90], [270])).toBe('packaged');
    expect(of([0, 180, 91], [270])).toBe('two frames at one time');
    expect(of([0, 180, 90], [269])).toBe('two frames at one time');
    expect(of([0, 1])).toBe('two frames at one time');
  });

  it('are looked at before they are packaged', () => {
    const seen: unknown[] = [];
    const clock = new SourceClock((...given) => seen.push(given));
    const [first, second] = [group([0, 1]), group([2, 3])];
    clock.take(first, init);
    clock.take(second, init);
    expect(seen).toEqual([
      [first, init],
      [second, init],
    ]);
  });

  it.each<[string, string, number[][]]>([
    ['shown before their key frame', 'an open group of pictures', [[1, 0, 2]]],
    [
      'shown before their key frame, in the second group',
      'an open group of pictures',
      [
        [0, 1],
        [4, 3],
      ],
    ],
    [
      'shown with the next key frame',
      'an open group of pictures',
      [
        [0, 2, 1],
        [2, 3],
      ],
    ],
    [
      'shown after the next key frame',
      'an open group of pictures',
      [
        [0, 4, 1],
        [2, 3],
      ],
    ],
    [
      'shown before the group in front',
      'an open group of pictures',
      [
        [5, 6],
        [1, 2],
      ],
    ],
    ['shown with their key frame', 'two frames at one time', [[0, 0]]],
    ['shown with another one', 'two frames at one time', [[0, 2, 1, 2]]],
  ])('%s are refused', (_, expected, groups) => expect(reason(...groups)).toBe(expected));

  it('are refused wherever two groups overlap, or two frames come at one time', () => {
    const anyTimes = fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(anyTimes, { minLength: 1, maxLength: 4 }), (groups) => {
        const first = groups[0]?.[0] ?? 0;
        const isClosed = groups.every((shown, at) => {
          const [key = NaN] = shown;
          const next = groups[at + 1]?.[0] ?? Infinity;
          const inside = shown.slice(1).every((ticks) => ticks > key && ticks < next);
          return inside && key < next && new Set(shown).size === shown.length;
        });
        expect(reason(...groups) === 'packaged').toBe(isClosed);
        if (isClosed) expect(Math.min(...groups.flat())).toBe(first);
      }),
      { numRuns: 2000 },
    );
  });
});
