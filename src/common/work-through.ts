/** What came of many items. */
export interface Tally {
  done: number;
  failed: number;
}

/**
 * Works on everything there is, page after page; an item that fails does not stop the rest.
 *
 * @param pageAfter what follows an item, or comes first; empty at the end
 * @param work false when it failed
 */
export async function workThrough<T>(
  pageAfter: (item: T | undefined) => Promise<T[]>,
  work: (item: T) => Promise<boolean>,
): Promise<Tally> {
  const tally: Tally = { done: 0, failed: 0 };
  let page = await pageAfter(undefined);
  while (page.length > 0) {
    for (const item of page) tally[(await work(item)) ? 'done' : 'failed'] += 1;
    page = await pageAfter(page.at(-1));
  }
  return tally;
}

/**
 * Such as `purged 2 videos`.
 *
 * @throws Error with that line when something failed
 */
export function tallyLine(verb: string, { done, failed }: Tally, noun: string): string {
  const line = `${verb} ${done} ${noun}${done === 1 ? '' : 's'}`;
  if (failed === 0) return line;
  throw new Error(`${line}, failed at ${failed}: the log of the server says why`);
}
