import { setTimeout as sleep } from 'node:timers/promises';

type Attempted<T> = T | undefined | false | null;

/** Calls `probe` until it returns something, and returns that; fails after `seconds`. */
export async function until<T>(
  probe: () => Attempted<T> | Promise<Attempted<T>>,
  { seconds = 120, what = 'it' }: { seconds?: number; what?: string } = {},
): Promise<T> {
  const giveUpAt = Date.now() + seconds * 1000;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false && value !== null) return value;
    if (Date.now() > giveUpAt) throw new Error(`${what} did not happen within ${seconds} s`);
    await sleep(100);
  }
}
