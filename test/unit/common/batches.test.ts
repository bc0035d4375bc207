import fc from 'fast-check';
import { batchesOf, mapAtOnce } from '../../../src/common/batches.js';

async function* oneByOne<T>(items: readonly T[]): AsyncIterable<T> {
  for (const item of items) yield await Promise.resolve(item);
}

test('batches hold everything in its order, and are full but for the last', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat()), fc.integer({ min: 1, max: 7 }), async (items, size) => {
      const batches: number[][] = [];
      for await (const batch of batchesOf(oneByOne(items), size)) batches.push(batch);
      expect(batches.flat()).toEqual(items);
      expect(batches.slice(0, -1).every(({ length }) => length === size)).toBe(true);
      expect(batches.every(({ length }) => length > 0)).toBe(true);
    }),
  );
});

test('work is done so many at a time, and its results keep the order of the items', async () => {
  let [running, most] = [0, 0];
  const results = await mapAtOnce([5, 4, 3, 2, 1, 0], 3, async (item) => {
    most = Math.max(most, (running += 1));
    await new Promise((resolve) => setTimeout(resolve, item));
    running -= 1;
    return item * 2;
  });
  expect(results).toEqual([10, 8, 6, 4, 2, 0]);
  expect(most).toBe(3);
});

test('a failure is the end', async () => {
  const work = (item: number) => (item === 2 ? Promise.reject(new Error('no')) : Promise.resolve());
  await expect(mapAtOnce([1, 2, 3], 1, work)).rejects.toThrow('no');
});
