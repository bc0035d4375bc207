import fc from 'fast-check';
import { continueViewing, isView, type LastReport } from '../../../src/library/views/viewing.js';

const start = { seconds: 0, isViewed: false };

/** What a player has told after some steps: how long each took, and how far it went. */
function after(steps: readonly (readonly [secondsAgo: number, advance: number])[]) {
  let positionSeconds = 0;
  let viewing = continueViewing(undefined, positionSeconds);
  for (const [secondsAgo, advance] of steps) {
    const before: LastReport = { positionSeconds, secondsAgo, viewing };
    positionSeconds += advance;
    viewing = continueViewing(before, positionSeconds);
  }
  return viewing;
}

test('ten seconds are a view, or a third of what is shorter than half a minute', () => {
  expect([9.9, 10].map((seconds) => isView(seconds, 3600))).toEqual([false, true]);
  expect([9.9, 10].map((seconds) => isView(seconds, null))).toEqual([false, true]);
  expect([1.9, 2].map((seconds) => isView(seconds, 6))).toEqual([false, true]);
  expect(isView(0, 0)).toBe(false);
});

test('time that was watched adds up, at double speed too', () => {
  expect(after([[5, 5], [5, 5]]).seconds).toBe(10); // prettier-ignore
  expect(after([[5, 10]]).seconds).toBe(5);
  expect(after([[5, 2.5]]).seconds).toBe(2.5);
});

test('nothing is watched in a jump, a pause, or while nobody tells', () => {
  expect(after([[5, 600]]).seconds).toBe(0);
  expect(after([[5, -3]]).seconds).toBe(0);
  expect(after([[30, 0]]).seconds).toBe(0);
  expect(after([[61, 61]]).seconds).toBe(0);
});

test('after five minutes without a word it is another viewing', () => {
  const before = { positionSeconds: 50, viewing: { seconds: 50, isViewed: true } };
  expect(continueViewing({ ...before, secondsAgo: 300 }, 50)).toEqual({
    seconds: 50,
    isViewed: true,
  });
  expect(continueViewing({ ...before, secondsAgo: 301 }, 51)).toEqual(start);
});

test('whatever a player tells, it has watched no longer than it took', () => {
  const step = fc.tuple(
    fc.double({ min: 0, max: 400, noNaN: true }),
    fc.double({ min: -1000, max: 1000, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const { seconds } = after(steps);
      const elapsed = steps.reduce((sum, [secondsAgo]) => sum + secondsAgo, 0);
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThanOrEqual(elapsed + 1e-6);
    }),
  );
});

test('who reports a film as it plays has watched all of it', () => {
  const report = fc.double({ min: 0.1, max: 60, noNaN: true });
  fc.assert(
    fc.property(fc.array(report), (reports) => {
      const total = reports.reduce((sum, seconds) => sum + seconds, 0);
      expect(after(reports.map((seconds) => [seconds, seconds])).seconds).toBeCloseTo(total, 6);
    }),
  );
});
