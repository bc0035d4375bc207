import fc from 'fast-check';
import {
  LONGEST_STARTUP_MS,
  startupClass,
  startupPercentile,
} from '../../../src/library/quality/startup-times.js';

const milliseconds = fc.integer({ min: 0, max: LONGEST_STARTUP_MS });

function counted(times: readonly number[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const time of times) counts[startupClass(time)] = (counts[startupClass(time)] ?? 0) + 1;
  return counts;
}

test('classes are named by their upper bounds', () => {
  expect([0, 100, 101, 1250, 59_999, 60_000, 90_000].map(startupClass)).toEqual([
    ...['100', '100', '200', '1250', '60000', '60000', '60000'],
  ]);
});

test('half of the starts were made within the median, and none is none', () => {
  expect(startupPercentile({ 200: 4 }, 0.5)).toBe(150);
  expect(startupPercentile({ 100: 90, 5000: 10 }, 0.95)).toBe(4500);
  expect(startupPercentile({}, 0.5)).toBeNull();
});

test('a percentile lies in the class of the time that it stands for, and grows with its share', () => {
  const share = fc.double({ min: 0.01, max: 1, noNaN: true });
  fc.assert(
    fc.property(fc.array(milliseconds, { minLength: 1 }), share, share, (times, one, other) => {
      const counts = counted(times);
      const sorted = times.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(one * times.length) - 1] ?? 0;
      const told = startupPercentile(counts, one) ?? -1;
      // Rounded, it may be the very end of the class before.
      expect([told, told + 1].map(startupClass)).toContain(startupClass(exact));
      const [low, high] = [Math.min(one, other), Math.max(one, other)];
      expect(startupPercentile(counts, low) ?? 0).toBeLessThanOrEqual(
        startupPercentile(counts, high) ?? 0,
      );
    }),
  );
});
