import fc from 'fast-check';
import { isFinished, percentWatched, resumeAt } from '../../../src/library/watching.js';

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const duration = fc.oneof(seconds, fc.constant(null));

test('a film is over from 95 % on, and begins anew then', () => {
  expect([94.9, 95, 100].map((position) => isFinished(position, 100))).toEqual([false, true, true]);
  expect([94.9, 95, 100].map((position) => resumeAt(position, 100))).toEqual([94.9, 0, 0]);
});

test('a film of which nobody knows the length goes on where it was left', () => {
  expect(isFinished(1e6, null)).toBe(false);
  expect(resumeAt(1e6, null)).toBe(1e6);
  expect(percentWatched(1e6, null)).toBe(0);
});

test('whatever was watched, the percentage is a whole one from 0 to 100, and 100 means finished', () => {
  fc.assert(
    fc.property(seconds, duration, (position, length) => {
      const percent = percentWatched(position, length);
      expect(Number.isInteger(percent) && percent >= 0 && percent <= 100).toBe(true);
      if (percent === 100) expect(isFinished(position, length)).toBe(true);
    }),
  );
});

test('it is never gone on behind where it was left, nor behind the end credits', () => {
  fc.assert(
    fc.property(seconds, duration, (position, length) => {
      const from = resumeAt(position, length);
      expect([0, position]).toContain(from);
      expect(isFinished(from, length) && from > 0).toBe(false);
    }),
  );
});
