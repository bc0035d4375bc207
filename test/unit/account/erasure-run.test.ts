import { Logger } from '@nestjs/common';
import { eraseEach, tallyInWords } from '../../../src/account/erasure-run.js';

beforeAll(() => Logger.overrideLogger(false));

/** Hands out `ids` two at a time, as a table does that is read in order. */
function pages(ids: string[]) {
  return async (afterId: string | undefined): Promise<string[]> =>
    Promise.resolve(ids.filter((id) => afterId === undefined || id > afterId).slice(0, 2));
}

test('every account gets its turn once, also behind one that fails', async () => {
  const seen: string[] = [];
  const tally = await eraseEach(pages(['a', 'b', 'c', 'd', 'e']), async (id) => {
    seen.push(id);
    if (id === 'b') return Promise.reject(new Error('the storage is away'));
    return Promise.resolve(id === 'd' ? 'postponed' : id === 'e' ? 'spared' : 'erased');
  });
  expect(seen).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(tally).toEqual({ erased: 2, postponed: 1, spared: 1, failed: 1 });
});

test('nobody to erase is no trouble', async () => {
  const tally = await eraseEach(pages([]), () => Promise.reject(new Error('never')));
  expect(tallyInWords(tally, 'account')).toBe('erased 0 accounts');
});

test.each([
  [{ erased: 1, postponed: 0, spared: 1, failed: 0 }, 'erased 1 account'],
  [{ erased: 2, postponed: 0, spared: 1, failed: 0 }, 'erased 2 accounts'],
  [{ erased: 0, postponed: 3, spared: 1, failed: 0 }, 'erased 0 accounts, postponed 3'],
])('%o is told as: %s', (tally, line) => {
  expect(tallyInWords(tally, 'account')).toBe(line);
});

test('a run in which one failed has failed, and does not say which', () => {
  expect(() => tallyInWords({ erased: 2, postponed: 0, spared: 1, failed: 1 }, 'account')).toThrow(
    'erased 2 accounts, failed at 1: the log of the server says why',
  );
});
