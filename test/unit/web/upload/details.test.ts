import fc from 'fast-check';
import { metadataOf, readMetadata, titleFrom } from '../../../../web/src/upload/details.js';

const file = { name: 'film.mp4', type: '' };
const details = { title: ' A film ', description: '', genre: 'drama', visibility: 'PRIVATE' };

test('what was not filled in is not sent', () => {
  expect(metadataOf(file, details)).toEqual({
    filename: 'film.mp4',
    title: 'A film',
    genres: 'drama',
    visibility: 'PRIVATE',
  });
});

test('the header that the server gives back reads as what was sent', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1 });
  const metadata = fc.dictionary(fc.stringMatching(/^[a-z_]+$/), value, { minKeys: 1 });
  fc.assert(
    fc.property(metadata, (pairs) => {
      const header = Object.entries(pairs)
        .map(([key, text]) => `${key} ${Buffer.from(text).toString('base64')}`)
        .join(',');
      expect(readMetadata(header)).toEqual({ ...pairs });
    }),
  );
});

test('a key without a value is an empty one', () => {
  expect(readMetadata('filename ZmlsbS5tcDQ=,is_private')).toEqual({
    filename: 'film.mp4',
    is_private: '',
  });
});

test('a title is the name of the file as people would write it', () => {
  expect(titleFrom('my_holiday__2026.final.mp4')).toBe('my holiday 2026.final');
  expect(titleFrom('film')).toBe('film');
});
