import { tallyLine, workThrough } from '../../../src/common/work-through.js';

const pageAfter = (after = 0) =>
  Promise.resolve([after + 1, after + 2, after + 3].filter((item) => item <= 7));

test('everything is worked on once, in order, whatever fails', async () => {
  const seen: number[] = [];
  const tally = await workThrough<number>(pageAfter, (item) => {
    seen.push(item);
    return Promise.resolve(item !== 4);
  });
  expect([seen, tally]).toEqual([[1, 2, 3, 4, 5, 6, 7], { done: 6, failed: 1 }]);
});

test('the tally is told in one line, and thrown when something failed', () => {
  expect(tallyLine('purged', { done: 1, failed: 0 }, 'video')).toBe('purged 1 video');
  expect(tallyLine('purged', { done: 0, failed: 0 }, 'video')).toBe('purged 0 videos');
  expect(() => tallyLine('purged', { done: 2, failed: 3 }, 'video')).toThrow(
    'purged 2 videos, failed at 3: the log of the server says why',
  );
});
