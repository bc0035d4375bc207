const WINDOW_MS = 5000;
const ENOUGH_MS = 300;

/** Measures bytes per second over the last seconds; undefined until there is enough to tell. */
export function speedometer(): (sentBytes: number, nowMs: number) => number | undefined {
  let samples: { sentBytes: number; atMs: number }[] = [];
  return (sentBytes, nowMs) => {
    const last = samples.at(-1);
    // Some of what had been sent did not arrive.
    if (last && sentBytes < last.sentBytes) samples = [];
    samples = [
      ...samples.filter(({ atMs }) => nowMs - atMs < WINDOW_MS),
      { sentBytes, atMs: nowMs },
    ];
    const first = samples[0];
    if (!first || nowMs - first.atMs < ENOUGH_MS) return undefined;
    return ((sentBytes - first.sentBytes) * 1000) / (nowMs - first.atMs);
  };
}
