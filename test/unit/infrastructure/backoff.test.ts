import { pauseAfter } from '../../../src/infrastructure/queue/backoff.js';
import { JOB_CONTRACTS } from '../../../src/ports/job-contracts.js';

const HOUR = 3_600_000;
const mail = JOB_CONTRACTS['send-mail'];

test('each pause is twice as long as the one before, up to the longest', () => {
  const contract = {
    queue: 'background',
    attempts: 6,
    backoffSeconds: 10,
    maxBackoffSeconds: 60,
  } as const;
  expect([1, 2, 3, 4, 5].map((attempt) => pauseAfter(attempt, contract, 0) / 1000)).toEqual([
    10, 20, 40, 60, 60,
  ]);
});

test('chance takes half of a pause at most', () => {
  expect([0, 0.5, 1].map((chance) => pauseAfter(1, mail, chance))).toEqual([10_000, 7_500, 5_000]);
});

test('a mail is tried again after seconds, then at least twice in two hours, for five days', () => {
  const pauses = Array.from({ length: mail.attempts - 1 }, (_, at) =>
    pauseAfter(at + 1, mail, 0.5),
  );
  expect(pauses[0]).toBeLessThan(15_000);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(HOUR);
  const days = pauses.reduce((sum, pause) => sum + pause, 0) / HOUR / 24;
  expect(days).toBeGreaterThan(5);
  expect(days).toBeLessThan(7);
});
