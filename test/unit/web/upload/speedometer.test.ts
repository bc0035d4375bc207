import { speedometer } from '../../../../web/src/upload/speedometer.js';

test('nothing is said before there is enough to measure', () => {
  const measure = speedometer();
  expect(measure(0, 1000)).toBeUndefined();
  expect(measure(50_000, 1200)).toBeUndefined();
  expect(measure(100_000, 1500)).toBe(200_000);
});

test('the last five seconds count, and not what was before', () => {
  const measure = speedometer();
  measure(0, 0);
  measure(9_000_000, 1000);
  let speed: number | undefined;
  for (let second = 2; second <= 8; second += 1) {
    speed = measure(9_000_000 + (second - 1) * 1000, second * 1000);
  }
  expect(speed).toBe(1000);
});

test('one slow moment does not change much', () => {
  const measure = speedometer();
  for (let second = 0; second <= 4; second += 1) measure(second * 1000, second * 1000);
  expect(measure(4000, 4500)).toBeCloseTo(4000 / 4.5);
});

test('a transfer that falls back is measured anew', () => {
  const measure = speedometer();
  measure(0, 0);
  measure(5000, 1000);
  expect(measure(2000, 2000)).toBeUndefined();
  expect(measure(3000, 3000)).toBe(1000);
});
