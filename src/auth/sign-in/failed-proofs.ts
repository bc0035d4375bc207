import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { RequestOrigin } from '../../common/request-origin.js';

/** What is no failure: the first half of a sign-in, and tries that a lock did not let through. */
const UNRECORDED: ReadonlySet<ErrorCode> = new Set(['auth.second_factor_required', 'auth.locked']);

/** What people were to show: who they are, or, when they are signed in, that it is still them. */
type Failure = 'sign_in.failed' | 'confirmation.failed';

/** Records what people fail to show. */
@Injectable()
export class FailedProofs {
  constructor(private readonly audit: AuditService) {}

  /** @throws whatever `check` throws, once it is recorded */
  async recording<T>(
    action: Failure,
    userId: string | undefined,
    origin: RequestOrigin,
    check: () => Promise<T>,
  ): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof DomainError && !UNRECORDED.has(error.code)) {
        await this.audit.record({
          action,
          by: { origin },
          subject: userId === undefined ? undefined : { type: 'user', id: userId },
          details: { reason: error.code },
        });
      }
      throw error;
    }
  }
}
