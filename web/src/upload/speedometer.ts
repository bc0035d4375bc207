const WINDOW_MS = 5000;

/** Measures speed over the last seconds; undefined until there is enough to tell. */
export function speedometer(): (sentBytes: number, nowMs: number) => number | undefined {
  let samples: { sentBytes: number; atMs: number }[] = [];
  return (sentBytes, nowMs) => {
    samples = [
      ...samples.filter(({ atMs }) => nowMs - atMs < WINDOW_MS),
      { sentBytes, atMs: nowMs },
    ];
    const first = samples[0];
    if (!first || nowMs - first.atMs < 300) return undefined;
    return ((sentBytes - first.sentBytes) * 1000) / (nowMs - first.atMs);
  };
}
