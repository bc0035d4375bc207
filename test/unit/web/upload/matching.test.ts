import { idOf, matchingUpload } from '../../../../web/src/upload/matching.js';

const PRINT = 'sha256 00';

const film = (changes: Partial<{ name: string; size: number }> = {}) => ({
  ...{ name: 'film.mp4', size: 1000 },
  ...changes,
});
const open = (
  id: string,
  changes: Partial<{ filename: string; size: number; fingerprint: string | null }> = {},
) => ({
  ...{ id, filename: 'film.mp4', size: 1000, fingerprint: PRINT },
  ...changes,
});

test('a file goes on with the upload that has its name, size and print', () => {
  const others = [open('a', { size: 999 }), open('b', { filename: 'other.mp4' })];
  expect(matchingUpload(film(), PRINT, [...others, open('c')])?.id).toBe('c');
  expect(matchingUpload(film(), PRINT, others)).toBeUndefined();
});

test('the server trims names', () => {
  expect(matchingUpload(film({ name: ' film.mp4 ' }), PRINT, [open('a')])?.id).toBe('a');
});

test('of two alike, the one that was begun with this file', () => {
  const other = open('a', { fingerprint: 'sha256 11' });
  expect(matchingUpload(film(), PRINT, [other, open('b')])?.id).toBe('b');
});

test('another file of the same name and size does not go on', () => {
  expect(matchingUpload(film(), 'sha256 11', [open('a')])).toBeUndefined();
});

test('what nobody knows the file of does not go on, nor a file that cannot be read', () => {
  const unknown = open('a', { fingerprint: null });
  expect(matchingUpload(film(), PRINT, [unknown])).toBeUndefined();
  expect(matchingUpload(film(), undefined, [unknown, open('b')])).toBeUndefined();
});

test('the id is the last part of the address', () => {
  expect(idOf('http://localhost/api/v1/uploads/0197')).toBe('0197');
  expect(idOf('/api/v1/uploads/0197/')).toBe('0197');
});
