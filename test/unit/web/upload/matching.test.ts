import { fingerprintOf, idOf, matchingUpload } from '../../../../web/src/upload/matching.js';

const film = (changes: Partial<{ name: string; size: number; lastModified: number }> = {}) => ({
  ...{ name: 'film.mp4', size: 1000, type: 'video/mp4', lastModified: 7 },
  ...changes,
});
const open = (id: string, changes: Partial<{ filename: string; size: number }> = {}) => ({
  ...{ id, filename: 'film.mp4', size: 1000 },
  ...changes,
});

test('a file goes on with the upload that has its name and size', () => {
  const others = [open('a', { size: 999 }), open('b', { filename: 'other.mp4' })];
  expect(matchingUpload(film(), [...others, open('c')], [])?.id).toBe('c');
  expect(matchingUpload(film(), others, [])).toBeUndefined();
});

test('the server trims names', () => {
  expect(matchingUpload(film({ name: ' film.mp4 ' }), [open('a')], [])?.id).toBe('a');
});

test('of two alike, the one that this browser began with this file', () => {
  const remembered = [{ id: 'b', fingerprint: fingerprintOf(film()) }];
  expect(matchingUpload(film(), [open('a'), open('b')], remembered)?.id).toBe('b');
});

test('a file that has changed since does not go on', () => {
  const remembered = [{ id: 'a', fingerprint: fingerprintOf(film()) }];
  expect(matchingUpload(film({ lastModified: 8 }), [open('a')], remembered)).toBeUndefined();
});

test('the id is the last part of the address', () => {
  expect(idOf('http://localhost/api/v1/uploads/0197')).toBe('0197');
  expect(idOf('/api/v1/uploads/0197/')).toBe('0197');
});
