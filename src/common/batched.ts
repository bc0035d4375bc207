import DataLoader from 'dataloader';

/**
 * Answers questions that come in the same turn of the event loop with one look. Nothing is kept: each
 * look is made after the questions that it answers, so that what it finds is never older than they are.
 *
 * @param find what there is of the keys, of which none comes twice; the others have nothing
 */
export function batched<T>(
  find: (keys: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): DataLoader<string, T | undefined> {
  return new DataLoader<string, T | undefined>(
    async (keys) => {
      const found = await find([...new Set(keys)]);
      return keys.map((key) => found.get(key));
    },
    { cache: false, batchScheduleFn: setImmediate, maxBatchSize: 1000 },
  );
}
