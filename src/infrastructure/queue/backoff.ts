import type { JobContract } from '../../ports/job-contracts.js';

/**
 * Milliseconds from a failed attempt to the next one. Up to half of the pause is left out by
 * chance, so that jobs that failed together do not come back together.
 *
 * @param attempt from 1
 * @param chance from 0 to 1
 */
export function pauseAfter(
  attempt: number,
  { backoffSeconds = 1, maxBackoffSeconds = Infinity }: Omit<JobContract, 'payload'>,
  chance = Math.random(),
): number {
  const seconds = Math.min(backoffSeconds * 2 ** (attempt - 1), maxBackoffSeconds);
  return Math.round(seconds * 1000 * (1 - chance / 2));
}
