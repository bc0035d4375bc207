import { MAX_PARTS, partBytesOf, partsOf } from '../../../../src/ingest/direct/upload-parts.js';

const PART_BYTES = 100 * 1024 ** 2;

test.each([
  [PART_BYTES, [PART_BYTES]],
  [PART_BYTES + 1, [PART_BYTES, 1]],
  [3 * PART_BYTES, [PART_BYTES, PART_BYTES, PART_BYTES]],
])('a file of %i bytes comes in parts of %j', (sizeBytes, sizes) => {
  const parts = partsOf(sizeBytes);
  expect(parts.map((part) => part.sizeBytes)).toEqual(sizes);
  expect(parts.map(({ number }) => number)).toEqual(sizes.map((_, index) => index + 1));
  expect(parts.map(({ offset }) => offset)).toEqual(sizes.map((_, index) => index * PART_BYTES));
});

test('a file that would have too many parts has larger ones', () => {
  const sizeBytes = PART_BYTES * MAX_PARTS + 5;
  const parts = partsOf(sizeBytes);
  expect(parts.length).toBeLessThanOrEqual(MAX_PARTS);
  expect(partBytesOf(sizeBytes)).toBeGreaterThan(PART_BYTES);
  expect(parts.reduce((sum, part) => sum + part.sizeBytes, 0)).toBe(sizeBytes);
});
