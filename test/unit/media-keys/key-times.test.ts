import fc from 'fast-check';
import { LONGEST_LIFE_SECONDS } from '../../../src/common/media-token.js';
import { FIRST_KEY, keyTimes } from '../../../src/media-keys/key-times.js';

const HOUR_MS = 3_600_000;
const NOON = Date.parse('2026-03-01T12:00:00Z');

const key = (id: number, signsFrom: number, voidsOlder = false) => {
  return { id, signsFrom: new Date(signsFrom), voidsOlder };
};
const at = (rows: ReturnType<typeof key>[], now: number) => {
  const { signing, accepted } = keyTimes(rows, new Date(now));
  return { signing, accepted: [...accepted] };
};

test('an installation that never changed its key has the first one', () => {
  expect(at([], NOON)).toEqual({ signing: FIRST_KEY, accepted: [FIRST_KEY] });
});

test('a new key is accepted before it signs, and the old one for as long as its links live', () => {
  const rows = [key(1, NOON)];
  expect(at(rows, NOON - 1)).toEqual({ signing: 0, accepted: [0, 1] });
  expect(at(rows, NOON)).toEqual({ signing: 1, accepted: [0, 1] });
  expect(at(rows, NOON + 7 * HOUR_MS)).toEqual({ signing: 1, accepted: [0, 1] });
  expect(at(rows, NOON + 8 * HOUR_MS)).toEqual({ signing: 1, accepted: [1] });
});

test('a key that voids older ones is the only one, at once', () => {
  const rows = [key(1, NOON - HOUR_MS), key(2, NOON, true)];
  expect(at(rows, NOON)).toEqual({ signing: 2, accepted: [2] });
  // Also for a process whose clock is behind.
  expect(at(rows, NOON - 60_000)).toEqual({ signing: 2, accepted: [2] });
  expect(at([...rows, key(3, NOON + 60_000)], NOON)).toEqual({ signing: 2, accepted: [2, 3] });
});

test('whatever signed is accepted until its last link has expired', () => {
  const times = fc.array(fc.integer({ min: 0, max: 48 * 60 }), { maxLength: 8 });
  fc.assert(
    fc.property(times, fc.nat(72 * 60), fc.nat(LONGEST_LIFE_SECONDS), (minutes, now, later) => {
      const rows = minutes
        .toSorted((one, other) => one - other)
        .map((minute, index) => key(index + 1, NOON + minute * 60_000));
      const signedAt = NOON + now * 60_000;
      const { signing } = at(rows, signedAt);
      expect(at(rows, signedAt + later * 1000).accepted).toContain(signing);
    }),
  );
});
