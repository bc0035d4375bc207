import { counted, sizeOf } from '../../../src/cli/figures.js';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [10_188, '9.9 KiB'],
  [10_240, '10 KiB'],
  [1_048_575, '1.0 MiB'],
  [64 * 1024 ** 3, '64 GiB'],
  [5 * 1024 ** 6, '5120 PiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(sizeOf(bytes)).toBe(text);
});

test('what is counted has its noun', () => {
  expect([counted(0, 'file'), counted(1, 'file'), counted(1200, 'file')]).toEqual([
    '0 files',
    '1 file',
    '1,200 files',
  ]);
});
