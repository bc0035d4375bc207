import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { networkOf } from '../../common/network-of.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { TooManyRequestsError } from '../../common/too-many-requests.js';
import { AccountsConfig } from '../../config/config.js';
import { RateLimiter, type RateLimit } from '../../ports/rate-limiter.js';

/** Failures of one account from one address. */
const FAILURES: RateLimit = { name: 'sign-in-failures', points: 5, seconds: 15 * 60 };
/** Present while such a pair is locked out. */
const LOCK: RateLimit = { name: 'sign-in-lock', points: 0, seconds: 15 * 60 };
/** How often the pair was locked out within a week; each time doubles the next. */
const LOCKOUTS: RateLimit = { name: 'sign-in-lockouts', points: 1000, seconds: 7 * 24 * 3600 };
const FIRST_LOCK_SECONDS = 15 * 60;
const LONGEST_LOCK_SECONDS = 24 * 3600;

const FAILED: ReadonlySet<ErrorCode> = new Set([
  'auth.invalid_credentials',
  'auth.second_factor_invalid',
  'auth.wrong_password',
]);

/** Who is trying: the account as far as it is known, and where from. */
export interface SignInAttempt {
  /** Key of the account's failures, the same for each of its names. */
  account: string;
  userId: string | undefined;
  origin: RequestOrigin;
}

/** Slows down whoever guesses passwords, without locking owners out at their own addresses. */
@Injectable()
export class SignInThrottle {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly config: AccountsConfig,
    private readonly audit: AuditService,
  ) {}

  /** @throws TooManyRequestsError when one address signs in too often, whatever comes of it */
  async admit(address: string): Promise<void> {
    const limit = { name: 'sign-ins', points: this.config.loginsPerMinute, seconds: 60 };
    await this.limiter.admit(limit, networkOf(address), 'Too many sign-ins from your address.');
  }

  /**
   * Runs `check`, counts its failures, and locks the pair of account and address after five of them.
   * What many at once find out after the fifth failure is not told, right or wrong.
   *
   * @throws TooManyRequestsError `auth.locked`, and whatever `check` throws
   */
  async guard<T>(attempt: SignInAttempt, check: () => Promise<T>): Promise<T> {
    const key = `${attempt.account} ${networkOf(attempt.origin.address)}`;
    await this.refuseLocked(key);
    const result = await check().catch(async (error: unknown) => {
      if (error instanceof DomainError && FAILED.has(error.code)) await this.count(key, attempt);
      throw error;
    });
    await this.refuseLocked(key);
    await this.limiter.forget(FAILURES, key);
    await this.limiter.forget(LOCKOUTS, key);
    return result;
  }

  private async refuseLocked(key: string): Promise<void> {
    const lock = await this.limiter.look(LOCK, key);
    if (!lock.allowed) throw locked(lock.resetSeconds);
    const { remaining } = await this.limiter.look(FAILURES, key);
    if (remaining === 0) throw locked(await this.nextLockSeconds(key));
  }

  private async count(key: string, attempt: SignInAttempt): Promise<void> {
    const { allowed, used } = await this.limiter.consume(FAILURES, key);
    if (!allowed) throw locked(await this.nextLockSeconds(key));
    if (used === FAILURES.points) await this.lock(key, attempt);
  }

  /** The fifth failure counts at once, its lock is written a moment later: how long at most. */
  private async nextLockSeconds(key: string): Promise<number> {
    const { used } = await this.limiter.look(LOCKOUTS, key);
    return lockSeconds(used + 1);
  }

  private async lock(key: string, { userId, origin }: SignInAttempt): Promise<void> {
    const { used } = await this.limiter.consume(LOCKOUTS, key);
    const seconds = lockSeconds(used);
    // The failures stay, so that tries still under way find them; they lapse before the lock does.
    await this.limiter.block(LOCK, key, seconds);
    await this.audit.record({
      action: 'sign_in.locked',
      by: { origin },
      subject: userId === undefined ? undefined : { type: 'user', id: userId },
      details: { from: origin.address, seconds },
    });
  }
}

function lockSeconds(lockouts: number): number {
  return Math.min(FIRST_LOCK_SECONDS * 2 ** (lockouts - 1), LONGEST_LOCK_SECONDS);
}

function locked(retryAfterSeconds: number): TooManyRequestsError {
  return new TooManyRequestsError(
    'Too many wrong tries for this account from your address.',
    retryAfterSeconds,
    'auth.locked',
  );
}
