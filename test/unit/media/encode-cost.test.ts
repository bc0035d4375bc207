import fc from 'fast-check';
import { canKeepUp, pixelsOf, runShares } from '../../../src/media/encode-cost.js';

const anySize = fc.record({
  width: fc.integer({ min: 2, max: 8192 }),
  height: fc.integer({ min: 2, max: 8192 }),
});
const anySizes = fc.array(anySize, { maxLength: 6 });
const anyRun = fc.oneof(
  fc.record({ video: anySizes }),
  fc.record({ bitstream: fc.constantFrom({}, { color: 1 }), video: anySizes }),
);
const anyRuns = fc.array(anyRun, { minLength: 1, maxLength: 5 });
const anyRate = fc.constantFrom(1, 24, 25, 30_000 / 1001, 60);

const HD = { width: 1280, height: 720 };
const SMALL = { width: 640, height: 360 };

describe('the shares of runs', () => {
  it('go from 0 to 1, each from where the last one ended', () => {
    fc.assert(
      fc.property(anyRuns, (runs) => {
        const shares = runShares(runs);
        expect(shares).toHaveLength(runs.length);
        expect(shares[0]?.from).toBe(0);
        expect(shares.at(-1)?.to).toBe(1);
        for (const [at, { from, to }] of shares.entries()) {
          expect(to).toBeGreaterThan(from);
          expect(from).toBe(shares[at - 1]?.to ?? 0);
        }
      }),
    );
  });

  it('are no smaller for a run that encodes more', () => {
    const lengthOf = (runs: Parameters<typeof runShares>[0], at: number) => {
      const { from, to } = runShares(runs)[at] ?? { from: 0, to: 0 };
      return to - from;
    };
    fc.assert(
      fc.property(anyRuns, anySizes, anySize, (runs, video, another) => {
        const before = lengthOf([...runs, { video }], runs.length);
        const after = lengthOf([...runs, { video: [...video, another] }], runs.length);
        expect(after).toBeGreaterThanOrEqual(before);
      }),
    );
  });

  it('give the whole to a run that is alone', () => {
    expect(runShares([{ video: [HD] }])).toEqual([{ from: 0, to: 1 }]);
    expect(runShares([{ bitstream: {}, video: [HD] }])).toEqual([{ from: 0, to: 1 }]);
    expect(runShares([{ video: [] }])).toEqual([{ from: 0, to: 1 }]);
    expect(runShares([])).toEqual([]);
  });

  it('make little of a bitstream, whatever its size', () => {
    const [first] = runShares([{ bitstream: {}, video: [HD] }, { video: [SMALL] }]);
    expect(first?.to).toBeGreaterThan(0.01);
    expect(first?.to).toBeLessThan(0.1);
    const [same] = runShares([{ bitstream: {}, video: [SMALL] }, { video: [SMALL] }]);
    expect(same).toEqual(first);
  });

  it('make the most of what has the most pixels', () => {
    const [small] = runShares([{ video: [SMALL] }, { video: [HD] }]);
    // 230 400 pixels of 1 152 000
    expect(small?.to).toBeCloseTo(0.2, 1);
  });

  it('do not mistake a run without sizes for one that costs nothing', () => {
    const [bitstream, stills] = runShares([{ bitstream: {}, video: [HD] }, { video: [] }]);
    expect([bitstream, stills]).toEqual([
      { from: 0, to: 0.5 },
      { from: 0.5, to: 1 },
    ]);
  });
});

describe('a machine keeps up', () => {
  it('with exactly as many pixels a second as it encodes, and no more', () => {
    fc.assert(
      fc.property(anySizes, anyRate, (sizes, framesPerSecond) => {
        const pixelsPerSecond = pixelsOf(sizes, framesPerSecond);
        expect(canKeepUp({ pixelsPerSecond }, sizes, framesPerSecond)).toBe(true);
        const slower = { pixelsPerSecond: pixelsPerSecond - 1 };
        expect(canKeepUp(slower, sizes, framesPerSecond)).toBe(false);
      }),
    );
  });

  it('with every size less, if it does with all', () => {
    const anyPace = fc.record({ pixelsPerSecond: fc.double({ min: 0, max: 1e10, noNaN: true }) });
    fc.assert(
      fc.property(anyPace, anySizes, anyRate, (pace, sizes, framesPerSecond) => {
        if (!canKeepUp(pace, sizes, framesPerSecond)) return;
        expect(canKeepUp(pace, sizes.slice(1), framesPerSecond)).toBe(true);
        expect(canKeepUp(pace, sizes, framesPerSecond / 2)).toBe(true);
      }),
    );
  });

  it('never while it has to wait for its turn', () => {
    expect(canKeepUp({ pixelsPerSecond: 0 }, [{ width: 2, height: 2 }], 1)).toBe(false);
  });

  it('as pixels are counted', () => {
    expect(pixelsOf([HD, SMALL], 25)).toBe(28_800_000);
    expect(pixelsOf([], 25)).toBe(0);
  });
});
