import { timeLeft } from '../../../web/src/format.js';

test.each([
  [3, 'a few seconds left'],
  [12, 'about 15 s left'],
  [40, 'about 40 s left'],
  [58, 'about 1 min left'],
  [200, 'about 3 min left'],
  [4800, 'about 1 h 20 min left'],
])('%i seconds are said as %s', (seconds, text) => {
  expect(timeLeft(seconds * 1000, 1000)).toBe(text);
});

test('while nothing moves there is nothing to say', () => {
  expect(timeLeft(1000, 0)).toBeUndefined();
  expect(timeLeft(1000, Number.NaN)).toBeUndefined();
  expect(timeLeft(0, 0)).toBeUndefined();
});
