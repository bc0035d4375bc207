import { printOf } from '../../../../web/src/upload/file-print.js';

const MEBIBYTE = 1024 ** 2;

function file(bytes: Uint8Array<ArrayBuffer>, lastModified = 7): File {
  return new File([bytes], 'film.mp4', { lastModified });
}

test('a file has the same print wherever it lies, whenever it was copied', async () => {
  const bytes = new Uint8Array(5 * MEBIBYTE).fill(1);
  const print = await printOf(file(bytes));
  expect(print).toMatch(/^sha256 [0-9a-f]{64}$/);
  expect(await printOf(file(bytes, 8))).toBe(print);
});

test.each([
  ['in its first byte', 0],
  ['at the end of its first MiB', MEBIBYTE - 1],
  ['at the beginning of its last MiB', 4 * MEBIBYTE],
  ['in its last byte', 5 * MEBIBYTE - 1],
])('one that differs %s has another', async (_, at) => {
  const bytes = new Uint8Array(5 * MEBIBYTE);
  const print = await printOf(file(bytes));
  bytes[at] = 1;
  expect(await printOf(file(bytes))).not.toBe(print);
});

test('short files have one, too', async () => {
  const [one, two] = await Promise.all([
    printOf(file(Uint8Array.of(1))),
    printOf(file(Uint8Array.of(2))),
  ]);
  expect(one).not.toBe(two);
});
