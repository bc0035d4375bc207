import fc from 'fast-check';
import { EncodingPace } from '../../../src/media/eta.js';

interface Simulation {
  durationSeconds: number;
  /** Seconds of media done in a second, at a moment. */
  speed: (atSeconds: number) => number;
  /** Seconds before the first frame comes out. */
  lookahead?: number;
}

/** Reports twice a second until the end; what was estimated when, and when the end really came. */
function simulate({ durationSeconds, speed, lookahead = 0 }: Simulation) {
  const pace = new EncodingPace(durationSeconds);
  const estimates: { at: number; share: number; left: number | undefined }[] = [];
  let done = 0;
  let at = 0;
  while (done < durationSeconds) {
    estimates.push({ at, share: done / durationSeconds, left: pace.after(done, at) });
    at += 0.5;
    if (at > lookahead) done += 0.5 * speed(at);
  }
  return { estimates, endedAt: at };
}

/** By how much the estimates after a share of the title were wrong, relative to what was left. */
function errorsAfter(share: number, { estimates, endedAt }: ReturnType<typeof simulate>): number[] {
  return estimates
    .filter((estimate) => estimate.share >= share && endedAt - estimate.at > 3)
    .map(({ at, left }) => Math.abs((left ?? Infinity) - (endedAt - at)) / (endedAt - at));
}

describe('the pace of an encode', () => {
  it('tells a steady end to within 30 % once a quarter is done', () => {
    const durations = fc.integer({ min: 10, max: 7200 });
    const speeds = fc.double({ min: 0.2, max: 30, noNaN: true });
    const lookaheads = fc.double({ min: 0, max: 5, noNaN: true });
    fc.assert(
      fc.property(durations, speeds, lookaheads, (durationSeconds, speed, lookahead) => {
        const run = simulate({ durationSeconds, speed: () => speed, lookahead });
        // Of less, a quarter is over before there is anything to see.
        fc.pre(run.endedAt > lookahead + 8);
        expect(Math.max(0, ...errorsAfter(0.25, run))).toBeLessThan(0.3);
      }),
      { numRuns: 50 },
    );
  });

  it('does so when each moment is up to a third faster or slower than the others', () => {
    const wavering = (at: number) => 4 * (1 + Math.sin(at * 7) / 3);
    const run = simulate({ durationSeconds: 600, speed: wavering });
    expect(Math.max(...errorsAfter(0.25, run))).toBeLessThan(0.3);
  });

  it('follows an encode that becomes half as fast', () => {
    const run = simulate({ durationSeconds: 1200, speed: (at) => (at < 100 ? 4 : 2) });
    const later = run.estimates.filter(({ at }) => at > 200);
    const wrong = later
      .filter(({ at }) => run.endedAt - at > 3)
      .map(({ at, left }) => Math.abs((left ?? Infinity) / (run.endedAt - at) - 1));
    expect(Math.max(...wrong)).toBeLessThan(0.1);
  });

  it('says nothing before it has seen the encoder work for a second', () => {
    const pace = new EncodingPace(100);
    expect(pace.after(0, 10)).toBeUndefined();
    expect(pace.after(0, 20)).toBeUndefined();
    expect(pace.after(1, 20.5)).toBeUndefined();
    expect(pace.after(1.5, 21)).toBeUndefined();
    expect(pace.after(2, 21.5)).toBeCloseTo(98);
  });

  it('has nothing left at the end, and never less', () => {
    const pace = new EncodingPace(10);
    pace.after(1, 1);
    expect(pace.after(10, 10)).toBe(0);
    expect(pace.after(11, 11)).toBe(0);
  });

  it('expects a stalled encode ever later', () => {
    const pace = new EncodingPace(100);
    pace.after(1, 0);
    const moving = pace.after(11, 10) ?? 0;
    expect(moving).toBeCloseTo(89);
    expect(pace.after(11, 20) ?? 0).toBeGreaterThan(moving);
  });
});
