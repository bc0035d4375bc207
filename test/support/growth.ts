const ROUNDS = 3;
/** Below this the clock of the processor and the collection of garbage are all that is measured. */
const SHORTEST_MILLISECONDS = 10;

/**
 * The processor's time for work of a size, as a multiple of that for a quarter of it: about 4 for work that grows
 * with its size, 16 for work that grows with the square of it. However slow or busy the machine is.
 */
export function growth(work: (size: number) => unknown, size: number): number {
  return processorTime(work, size) / Math.max(processorTime(work, size / 4), SHORTEST_MILLISECONDS);
}

/** Of the quickest of a few rounds, in milliseconds. */
function processorTime(work: (size: number) => unknown, size: number): number {
  let least = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    work(Math.floor(size));
    const { user, system } = process.cpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
