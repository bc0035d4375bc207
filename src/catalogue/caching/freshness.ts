/** How long a title that is being made may show a percentage of the past. */
const SECONDS_IN_THE_MAKING = 2;

/** Within texts JSON escapes the quotes, so that no title can look like this. */
const IN_THE_MAKING = /"status":"(pending|processing)"/;

/**
 * Seconds that an answer, as JSON, may be kept. The progress of a title is no change of the catalogue, so
 * one that holds a title in the making is kept only for a moment.
 */
export function freshFor(json: string, seconds: number): number {
  return IN_THE_MAKING.test(json) ? Math.min(seconds, SECONDS_IN_THE_MAKING) : seconds;
}
