/** Of both sizes by turns: the fewest always, the others while it looks as if the time grew too fast. */
const MOST_ROUNDS = 10;
const FEWEST_ROUNDS = 3;
/** Halfway between work that grows with its size and with the square of it. */
const SUSPICIOUS = 8;
/** Below this the clock of the processor and the collection of garbage are all that is measured. */
const SHORTEST_MILLISECONDS = 10;

/**
 * The processor's time for work of a size, as a multiple of that for a quarter of it: about 4 for work that grows
 * with its size, 16 for work that grows with the square of it. The quickest round of each size counts, so that
 * neither a slow or busy machine nor a collection of garbage in some of them decides.
 */
export function growth(work: (size: number) => unknown, size: number): number {
  let [whole, quarter] = [Infinity, Infinity];
  let ratio = Infinity;
  for (let round = 1; round <= MOST_ROUNDS; round += 1) {
    quarter = Math.min(quarter, processorTime(work, size / 4));
    whole = Math.min(whole, processorTime(work, size));
    ratio = whole / Math.max(quarter, SHORTEST_MILLISECONDS);
    if (round >= FEWEST_ROUNDS && ratio < SUSPICIOUS) break;
  }
  return ratio;
}

/** In milliseconds. */
function processorTime(work: (size: number) => unknown, size: number): number {
  const before = process.cpuUsage();
  work(Math.floor(size));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
