/**
 * Like `Promise.all`, but waits for all of them also when one fails: nothing goes on behind whoever is told.
 *
 * @throws the failure of the first in the list that has failed
 */
export async function settleAll<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
