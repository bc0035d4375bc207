/** Counts by name; none is zero. */
export type Counts = Readonly<Partial<Record<string, number | undefined>>>;

/** What happened to those who watched a video, added up. */
export interface PlaybackCounts {
  sessions: number;
  /** By class, see startup-times.ts. */
  startups: Counts;
  stalls: number;
  stallSeconds: number;
  switches: number;
  watchedSeconds: number;
  /** By what kept a player from playing. */
  errors: Counts;
}

export function addCounts(one: PlaybackCounts, other: PlaybackCounts): PlaybackCounts {
  return {
    sessions: one.sessions + other.sessions,
    startups: addEach(one.startups, other.startups),
    stalls: one.stalls + other.stalls,
    stallSeconds: one.stallSeconds + other.stallSeconds,
    switches: one.switches + other.switches,
    watchedSeconds: one.watchedSeconds + other.watchedSeconds,
    errors: addEach(one.errors, other.errors),
  };
}

function addEach(one: Counts, other: Counts): Counts {
  const sum: Partial<Record<string, number | undefined>> = { ...one };
  for (const [name, count = 0] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + count;
  return sum;
}
