import { Logger } from '@nestjs/common';

/** Ids that follow `afterId`, or the first ones. */
type NextIds = (afterId: string | undefined) => Promise<readonly string[]>;

/** What came of one account: `postponed` to a later run, or `spared`, as there is a reason to. */
export type ErasureOutcome = 'erased' | 'postponed' | 'spared';

/** How often each outcome came. */
export type ErasureTally = Record<ErasureOutcome | 'failed', number>;

type Erase = (userId: string) => Promise<ErasureOutcome>;

/** Accounts that are looked up at a time. */
export const ERASURE_BATCH = 50;

/** Erases one account after the other; one that fails is logged and does not stop the rest. */
export async function eraseEach(nextIds: NextIds, erase: Erase): Promise<ErasureTally> {
  const tally: ErasureTally = { erased: 0, postponed: 0, spared: 0, failed: 0 };
  let afterId: string | undefined;
  do {
    const ids = await nextIds(afterId);
    for (const id of ids) tally[await outcomeOf(id, erase)] += 1;
    afterId = ids.at(-1);
  } while (afterId !== undefined);
  return tally;
}

/**
 * The tally in one line.
 *
 * @throws Error with that line when an account failed. It names none, as it is kept for long.
 */
export function tallyInWords({ erased, postponed, failed }: ErasureTally, noun: string): string {
  const line = [
    `erased ${erased} ${noun}${erased === 1 ? '' : 's'}`,
    ...(postponed > 0 ? [`postponed ${postponed}`] : []),
    ...(failed > 0 ? [`failed at ${failed}: the log of the server says why`] : []),
  ].join(', ');
  if (failed > 0) throw new Error(line);
  return line;
}

async function outcomeOf(id: string, erase: Erase): Promise<keyof ErasureTally> {
  try {
    return await erase(id);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    new Logger('Erasure').error(`account ${id} could not be erased: ${reason}`);
    return 'failed';
  }
}
