import fc from 'fast-check';
import { box, joined, uint32s } from '../../../src/media/iso-bmff.js';
import { KeyFrameMeter } from '../../../src/media/key-frame-meter.js';
import { indexedKeyFrames } from '../../../src/media/sample-tables.js';

describe('an index of a few rows', () => {
  /** An index with these rows of decode times, at 25 units a second, and these key frames. */
  function movie(times: readonly number[], keys?: readonly number[], count = times.length / 2) {
    const tables = [
      box('stsd', uint32s(0, 1)),
      box('stts', uint32s(0, count, ...times)),
      ...(keys ? [box('stss', uint32s(0, keys.length, ...keys))] : []),
    ];
    const media = [
      box('mdhd', uint32s(0, 0, 0, 25, 0)),
      box('hdlr', uint32s(0, 0), Buffer.from('vide')),
      box('minf', box('stbl', ...tables)),
    ];
    return box('trak', box('mdia', ...media));
  }
  const read = (...rows: Parameters<typeof movie>) => indexedKeyFrames(movie(...rows));
  const film = (frames: number, seconds: number, longestGapSeconds: number) => ({
    ...{ frames, seconds, longestGapSeconds },
  });

  it('key frames are found, and the longest way between them', () => {
    expect(read([100, 1], [1, 26, 76])).toEqual(film(100, 4, 2));
    expect(read([100, 1])).toEqual(film(100, 4, 0.04));
    // Half as fast from the second key frame on.
    expect(read([50, 1, 75, 2], [1, 51, 101])?.longestGapSeconds).toBe(4);
    expect(read([50, 1, 75, 2, 2, 1])?.longestGapSeconds).toBe(0.08);
  });

  it('it is the same film in one row as in many', () => {
    const anyRows = fc.array(
      fc.record({ count: fc.integer({ min: 1, max: 40 }), ticks: fc.integer({ min: 1, max: 90 }) }),
      { minLength: 1, maxLength: 8 },
    );
    const anyKeys = fc.option(fc.array(fc.integer({ min: 2, max: 200 })), { nil: undefined });
    fc.assert(
      fc.property(anyRows, anyKeys, (rows, places) => {
        const durations = rows.flatMap(({ count, ticks }) => Array<number>(count).fill(ticks));
        fc.pre(durations.length > 1);
        const keys = places && [...new Set([1, ...places])].sort((a, b) => a - b);
        const known = keys?.filter((number) => number <= durations.length);
        const meter = new KeyFrameMeter();
        durations.reduce((start, ticks, at) => {
          meter.add(start / 25, known?.includes(at + 1) ?? true);
          return start + ticks;
        }, 0);
        const expected = meter.measured();
        for (const table of [
          rows.map(({ count, ticks }) => [count, ticks]),
          durations.map((ticks) => [1, ticks]),
        ]) {
          const found = read(table.flat(), known);
          expect(found?.frames).toBe(expected?.frames);
          expect(found?.seconds).toBeCloseTo(expected?.seconds ?? NaN, 9);
          expect(found?.longestGapSeconds).toBeCloseTo(expected?.longestGapSeconds ?? NaN, 9);
        }
      }),
    );
  });

  it('how long the last frame stays does not matter, as it is often left open or untrue', () => {
    for (const ticks of [0, 1, 2, 250, 0xffff_ffff]) {
      expect(read([99, 1, 1, ticks], [1, 51])).toEqual(film(100, 4, 2));
      expect(read([99, 1, 1, ticks])).toEqual(film(100, 4, 0.04));
    }
  });

  it('rows of no frames say nothing', () => {
    expect(read([0, 9, 50, 1, 0, 0, 50, 1], [1, 51])).toEqual(film(100, 4, 2));
  });

  it.each<[string, number[], number[] | undefined]>([
    ['frames that stand still', [50, 0, 50, 1], undefined],
    ['frames that stand still at the end', [50, 1, 2, 0], undefined],
    ['a frame that takes no time', [50, 1, 1, 0, 50, 1], undefined],
    ['frames without a key frame in front', [100, 1], [2]],
    ['no key frame', [100, 1], []],
    ['a key frame behind the last frame', [100, 1], [1, 101]],
    ['key frames that go back', [100, 1], [1, 60, 20]],
    ['a key frame twice', [100, 1], [1, 60, 60]],
    ['a single frame', [1, 5], [1]],
    ['no frames', [0, 1], undefined],
    ['no rows', [], undefined],
  ])('%s are none to count on', (_, times, keys) => expect(read(times, keys)).toBeUndefined());

  it('an index that claims billions of frames is answered at once', () => {
    const most = 0xffff_ffff;
    expect(read([most, 1, most, 1])).toEqual(film(2 * most, (2 * most) / 25, 0.04));
    expect(read([most, most], [1])?.seconds).toBeCloseTo((most * most) / 25, -6);
  });

  it('an index that does not add up is refused', () => {
    expect(() => read([100, 1], [1], 9000)).toThrow(RangeError);
    expect(() => read([100, 1], [1], 0xffff_ffff)).toThrow(RangeError);
    const boxes = joined(movie([100, 1]), Buffer.alloc(8_000_000, box('free')));
    expect(() => indexedKeyFrames(boxes)).toThrow('More than 10000 boxes');
  });
});
