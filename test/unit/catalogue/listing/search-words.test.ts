import fc from 'fast-check';
import { searchWords, tsquerySql } from '../../../../src/catalogue/listing/search-words.js';

test.each([
  ['A Night in Köln', ['a', 'night', 'in', 'koln']],
  ['  tide-water  ', ['tide', 'water']],
  ["'; DROP TABLE videos; --", ['drop', 'table', 'videos']],
  ['a & b | !c:* <-> (d)', ['a', 'b', 'c', 'd']],
  ['100% \\ _ *', ['100']],
  ['🎬\0', []],
  ['Ｆｕｌｌ', ['full']],
])('%j has the words %j', (search, words) => {
  expect(searchWords(search)).toEqual(words);
});

test('no word has anything but letters and digits, whatever is searched', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (search) => {
      for (const word of searchWords(search)) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
      expect(searchWords(search).length).toBeLessThanOrEqual(16);
    }),
  );
});

test('words are values of the statement, never a part of it', () => {
  const values: string[] = [];
  const sql = tsquerySql(['drop', 'tables'], (value) => `$${values.push(value)}`);
  expect(values).toEqual(['drop', 'tables', 'tables:*']);
  expect(sql).not.toMatch(/drop|tables/);
});
