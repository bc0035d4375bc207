import { createHash } from 'node:crypto';
import type { OnApplicationShutdown } from '@nestjs/common';
import type { RateLimiterRes, RateLimiterStoreAbstract } from 'rate-limiter-flexible';
import { RateLimiter, type Allowance, type RateLimit } from '../../ports/rate-limiter.js';

/**
 * For the store's own limit: it only counts, so one limiter of the package serves every
 * {@link RateLimit}, and nothing is ever rejected there.
 */
export const COUNT_ONLY = { points: Number.MAX_SAFE_INTEGER, duration: 1 } as const;

/** {@link RateLimiter} on rate-limiter-flexible, whose limiter brings the store. */
export class FlexibleRateLimiter extends RateLimiter implements OnApplicationShutdown {
  /**
   * @param counts made with {@link COUNT_ONLY}
   * @param close ends what was opened for `counts`
   */
  constructor(
    private readonly counts: RateLimiterStoreAbstract,
    private readonly close: () => void,
  ) {
    super();
  }

  override async consume(limit: RateLimit, key: string): Promise<Allowance> {
    return toAllowance(limit, await this.counts.consume(idOf(limit, key), 1, windowOf(limit)));
  }

  override async look(limit: RateLimit, key: string): Promise<Allowance> {
    return toAllowance(limit, await this.counts.get(idOf(limit, key)));
  }

  override async block(limit: RateLimit, key: string, seconds: number): Promise<void> {
    await this.counts.set(idOf(limit, key), limit.points + 1, wholeSeconds(seconds));
  }

  override async forget(limit: RateLimit, key: string): Promise<void> {
    await this.counts.delete(idOf(limit, key));
  }

  onApplicationShutdown(): void {
    this.close();
  }
}

function idOf({ name }: RateLimit, key: string): string {
  return `${name}:${createHash('sha256').update(key).digest('base64url')}`;
}

function windowOf({ seconds }: RateLimit): { customDuration: number } {
  return { customDuration: wholeSeconds(seconds) };
}

/** Redis rounds down, and takes 0 seconds for "never ends". */
function wholeSeconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds));
}

function toAllowance({ points }: RateLimit, state: RateLimiterRes | null): Allowance {
  const used = state?.consumedPoints ?? 0;
  return {
    allowed: used <= points,
    used,
    remaining: Math.max(0, points - used),
    resetSeconds: used === 0 ? 0 : Math.max(0, Math.ceil((state?.msBeforeNext ?? 0) / 1000)),
  };
}
