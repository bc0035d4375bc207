/** How long a title that is being made may show a percentage of the past. */
const SECONDS_IN_THE_MAKING = 2;

/**
 * Seconds that an answer may be kept. The progress of a title is no change of the catalogue, so one that
 * holds a title in the making is kept only for a moment.
 */
export function freshFor(answer: unknown, seconds: number): number {
  return isSettled(answer) ? seconds : Math.min(seconds, SECONDS_IN_THE_MAKING);
}

function isSettled(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if ('status' in value && (value.status === 'pending' || value.status === 'processing')) {
    return false;
  }
  return Object.values(value).every(isSettled);
}
