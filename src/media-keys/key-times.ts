import { LONGEST_LIFE_SECONDS } from '../common/media-token.js';
import type { MediaKey } from './media-key.entity.js';

type Timed = Pick<MediaKey, 'id' | 'signsFrom' | 'voidsOlder'>;

/** The first key, which is derived from the secret of the installation and no row. */
export const FIRST_KEY = 0;

/** For processes that learn of a new key late, and for clocks that differ. */
const SLACK_MS = 10 * 60_000;
const GOOD_AFTER_MS = LONGEST_LIFE_SECONDS * 1000 + SLACK_MS;

/** Which keys count at a moment. */
export interface KeyTimes {
  signing: number;
  /** Also those that sign no more while their last tokens may live, and those that will sign. */
  accepted: ReadonlySet<number>;
}

/** @param rows in the order in which they were made */
export function keyTimes(rows: readonly Timed[], now: Date): KeyTimes {
  const first = { id: FIRST_KEY, signsFrom: new Date(0), voidsOlder: false };
  const all: readonly Timed[] = [first, ...rows];
  const counting = all.slice(
    Math.max(
      0,
      all.findLastIndex(({ voidsOlder }) => voidsOlder),
    ),
  );
  const signing = counting.findLast(({ signsFrom }) => signsFrom <= now) ?? counting[0] ?? first;
  const accepted = counting.filter((_, index) => {
    const successor = counting[index + 1];
    return !successor || now.getTime() < successor.signsFrom.getTime() + GOOD_AFTER_MS;
  });
  return { signing: signing.id, accepted: new Set(accepted.map(({ id }) => id)) };
}
