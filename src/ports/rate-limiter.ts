import { TooManyRequestsError } from '../common/too-many-requests.js';

/** How many of something one key may do in how many seconds. */
export interface RateLimit {
  /** Keeps this limit's counts apart from those of others. */
  name: string;
  points: number;
  /** Counted from the first use on; then the count begins anew. */
  seconds: number;
}

/** Where a key stands against a limit. */
export interface Allowance {
  /** False when more than `points` have been used. */
  allowed: boolean;
  used: number;
  remaining: number;
  /** Seconds until the count begins anew, rounded up; 0 when nothing is counted. */
  resetSeconds: number;
}

/** Counts that all processes of an installation share. Keys are kept as hashes. */
export abstract class RateLimiter {
  /** Counts one use, also when it is one too many. */
  abstract consume(limit: RateLimit, key: string): Promise<Allowance>;

  /**
   * Counts one use, and refuses one that is too many.
   *
   * @throws TooManyRequestsError that says `refusal`, and how long to wait
   */
  async admit(limit: RateLimit, key: string, refusal: string): Promise<void> {
    const { allowed, resetSeconds } = await this.consume(limit, key);
    if (!allowed) throw new TooManyRequestsError(refusal, resetSeconds);
  }

  /** The state without counting. */
  abstract look(limit: RateLimit, key: string): Promise<Allowance>;

  /** Refuses a key for `seconds`, whatever was counted before. */
  abstract block(limit: RateLimit, key: string, seconds: number): Promise<void>;

  /** As if the key had never been counted; lifts a block, too. */
  abstract forget(limit: RateLimit, key: string): Promise<void>;
}
