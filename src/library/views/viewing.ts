/** A view is so much of a title watched, or the share below of one that is shorter. */
const VIEW_SECONDS = 10;
const VIEW_SHARE = 1 / 3;

/** Once nothing was reported for so long, the next report begins another viewing. */
const PAUSE_SECONDS = 5 * 60;

/** Players report every few seconds: what lies between reports that are further apart is unknown. */
const LONGEST_GAP_SECONDS = 60;

/** Faster than this, and some delay on the way, nobody plays: they have jumped. */
const FASTEST_RATE = 2;
const DELAY_SECONDS = 2;

/** One person before one film, from one long pause to the next. */
export interface Viewing {
  /** Watched in it, by the server's clock. */
  seconds: number;
  /** Whether it has been a view already; it is never two. */
  isViewed: boolean;
}

/** What a player told last, and how long ago. */
export interface LastReport {
  positionSeconds: number;
  secondsAgo: number;
  viewing: Viewing;
}

/** The viewing after a report of a position, in seconds. */
export function continueViewing(before: LastReport | undefined, positionSeconds: number): Viewing {
  if (!before || before.secondsAgo > PAUSE_SECONDS) return { seconds: 0, isViewed: false };
  const { seconds, isViewed } = before.viewing;
  return { seconds: seconds + watchedSince(before, positionSeconds), isViewed };
}

/** Whether so much of a title is a view. */
export function isView(viewingSeconds: number, durationSeconds: number | null): boolean {
  const enough = Math.min(VIEW_SECONDS, VIEW_SHARE * (durationSeconds ?? Infinity));
  return viewingSeconds > 0 && viewingSeconds >= enough;
}

/** Never more than the time that has passed: who wants to be counted has to wait. */
function watchedSince({ positionSeconds: from, secondsAgo }: LastReport, to: number): number {
  const advance = to - from;
  const isPlayed = advance > 0 && advance <= FASTEST_RATE * secondsAgo + DELAY_SECONDS;
  return isPlayed && secondsAgo <= LONGEST_GAP_SECONDS ? Math.min(advance, secondsAgo) : 0;
}
