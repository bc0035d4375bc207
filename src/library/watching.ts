/** A film that was only looked into for less than this, and for less than the share below, is not gone on with. */
export const BEGUN_SECONDS = 30;
export const BEGUN_SHARE = 0.05;

/** What comes after is the end credits. */
export const FINISHED_SHARE = 0.95;

/** Whether a film has been watched to its end. */
export function isFinished(positionSeconds: number, durationSeconds: number | null): boolean {
  return durationSeconds !== null && positionSeconds >= FINISHED_SHARE * durationSeconds;
}

/** Where to begin the next time, in seconds: a film that has come to its end begins anew. */
export function resumeAt(positionSeconds: number, durationSeconds: number | null): number {
  return isFinished(positionSeconds, durationSeconds) ? 0 : positionSeconds;
}

/** How much of a film was watched, from 0 to 100; 0 while nobody knows how long it is. */
export function percentWatched(positionSeconds: number, durationSeconds: number | null): number {
  if (durationSeconds === null || durationSeconds <= 0) return 0;
  return Math.min(100, Math.floor((100 * positionSeconds) / durationSeconds));
}
