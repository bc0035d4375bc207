import type { Counts } from './playback-counts.js';

/** Upper bounds of the classes that start-up times are counted in, in milliseconds. */
const BOUNDS_MS = [
  ...[100, 200, 300, 400, 500, 600, 800, 1000, 1250, 1500, 2000, 2500, 3000, 4000, 5000, 7500],
  ...[10_000, 15_000, 30_000, 60_000],
];

/** Longest time that a player may tell; whoever waited longer has counted as this. */
export const LONGEST_STARTUP_MS = 60_000;

/** The class of a time, named by its upper bound. */
export function startupClass(milliseconds: number): string {
  return String(BOUNDS_MS.find((bound) => milliseconds <= bound) ?? LONGEST_STARTUP_MS);
}

/**
 * The time within which a share of all starts were made, in whole milliseconds: exact to the width of a
 * class, and straight between its ends. Null where nothing was counted.
 *
 * @param times counts by class
 * @param share from 0 to 1
 */
export function startupPercentile(times: Counts, share: number): number | null {
  const total = BOUNDS_MS.reduce((sum, bound) => sum + (times[bound] ?? 0), 0);
  if (total === 0) return null;
  const wanted = share * total;
  let before = 0;
  let lower = 0;
  for (const upper of BOUNDS_MS) {
    const count = times[upper] ?? 0;
    if (count > 0 && before + count >= wanted) {
      return Math.round(lower + ((upper - lower) * (wanted - before)) / count);
    }
    before += count;
    lower = upper;
  }
  return LONGEST_STARTUP_MS;
}
