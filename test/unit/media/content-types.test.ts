import { sourceContentType } from '../../../src/media/content-types.js';

test.each([
  ['film.mp4', 'video/mp4'],
  ['FILM.MOV', 'video/quicktime'],
  ['a.b.mkv', 'video/x-matroska'],
  ['page.html', 'application/octet-stream'],
  ['video', 'application/octet-stream'],
  ['mp4', 'video/mp4'],
  ['film.constructor', 'application/octet-stream'],
])('a file called %s is %s', (name, type) => {
  expect(sourceContentType(name)).toBe(type);
});
