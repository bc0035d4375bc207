import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import { networkOf } from '../../common/network-of.js';
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
  address: string;
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
    const { allowed, resetSeconds } = await this.limiter.consume(limit, networkOf(address));
    if (allowed) return;
    throw new TooManyRequestsError('Too many sign-ins from your address.', resetSeconds);
  }

  /**
   * Runs `check`, counts its failures, and locks the pair of account and address after five of them.
   * What many at once find out after the fifth failure is not told, right or wrong.
   *
   * @throws TooManyRequestsError `auth.locked`, and whatever `check` throws
   */
  async guard<T>(attempt: SignInAttempt, check: () => Promise<T>): Promise<T> {
    const key = `${attempt.account} ${networkOf(attempt.address)}`;
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

  /** The fifth failure counts at once; its lock is written a moment later. */
  private async refuseLocked(key: string): Promise<void> {
    const lock = await this.limiter.look(LOCK, key);
    if (!lock.allowed) throw locked(lock.resetSeconds);
    const failures = await this.limiter.look(FAILURES, key);
    if (failures.remaining === 0) throw locked(failures.resetSeconds);
  }

  private async count(key: string, attempt: SignInAttempt): Promise<void> {
    const { allowed, used } = await this.limiter.consume(FAILURES, key);
    if (!allowed) throw locked(FIRST_LOCK_SECONDS);
    if (used === FAILURES.points) await this.lock(key, attempt);
  }

  private async lock(key: string, { userId, address }: SignInAttempt): Promise<void> {
    const { used } = await this.limiter.consume(LOCKOUTS, key);
    const seconds = Math.min(FIRST_LOCK_SECONDS * 2 ** (used - 1), LONGEST_LOCK_SECONDS);
    // The failures stay, so that tries still under way find them; they lapse before the lock does.
    await this.limiter.block(LOCK, key, seconds);
    await this.audit.record({
      action: 'sign_in.locked',
      subject: userId === undefined ? undefined : { type: 'user', id: userId },
      details: { from: address, seconds },
    });
  }
}

function locked(retryAfterSeconds: number): TooManyRequestsError {
  return new TooManyRequestsError(
    'Too many wrong tries for this account from your address.',
    retryAfterSeconds,
    'auth.locked',
  );
}
