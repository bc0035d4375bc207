export type PlaybackError =
  'playlist_load' | 'segment_load' | 'link_refused' | 'decode' | 'unsupported' | 'other';

interface Happened {
  startup_ms?: number;
  stall_count: number;
  stall_seconds: number;
  switch_count: number;
  watched_seconds: number;
  errors: Partial<Record<PlaybackError, number>>;
}

/** Follows how one film plays, and tells what has happened since it was asked last. */
export class PlaybackMonitor {
  private wishedAt: number | undefined;
  private hasStarted = false;
  private watchingSince: number | undefined;
  private stalledSince: number | undefined;
  private happened = nothing();

  /** @param now a clock, in milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Somebody wants to watch. A browser that wants a click first makes them say so twice. */
  readonly wish = (): void => {
    if (!this.hasStarted) this.wishedAt = this.now();
  };

  readonly play = (): void => {
    this.halt();
    this.watchingSince = this.now();
    if (this.hasStarted || this.wishedAt === undefined) return;
    this.hasStarted = true;
    this.happened.startup_ms = Math.min(60_000, Math.round(this.now() - this.wishedAt));
  };

  /** The film has run dry; waiting for its beginning is none of that. */
  readonly stall = (): void => {
    const wasWatching = this.watchingSince !== undefined;
    this.halt();
    if (!wasWatching) return;
    this.happened.stall_count += 1;
    this.stalledSince = this.now();
  };

  /** It was paused, has ended, or goes on elsewhere: what comes now is no stall. */
  readonly halt = (): void => {
    const { watchingSince, stalledSince } = this;
    if (watchingSince !== undefined)
      this.happened.watched_seconds += this.secondsSince(watchingSince);
    if (stalledSince !== undefined) this.happened.stall_seconds += this.secondsSince(stalledSince);
    this.watchingSince = undefined;
    this.stalledSince = undefined;
  };

  readonly switched = (): void => {
    this.happened.switch_count += 1;
  };

  readonly fail = (error: PlaybackError): void => {
    this.happened.errors[error] = (this.happened.errors[error] ?? 0) + 1;
  };

  /** Nothing where nothing has happened. */
  take(): Happened | undefined {
    const { watchingSince, stalledSince } = this;
    this.halt();
    if (watchingSince !== undefined) this.watchingSince = this.now();
    if (stalledSince !== undefined) this.stalledSince = this.now();
    const { happened } = this;
    this.happened = nothing();
    const { startup_ms, errors, ...counts } = happened;
    const isEmpty = Object.values(counts).every((count) => count === 0);
    const isQuiet = startup_ms === undefined && Object.keys(errors).length === 0;
    return isEmpty && isQuiet ? undefined : happened;
  }

  /** A machine that slept for a night has watched for an hour at most. */
  private secondsSince(moment: number): number {
    return Math.min(3600, (this.now() - moment) / 1000);
  }
}

function nothing(): Happened {
  return { stall_count: 0, stall_seconds: 0, switch_count: 0, watched_seconds: 0, errors: {} };
}
