import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { demandActive } from '../sign-in/credentials.service.js';
import { SignInThrottle } from '../sign-in/sign-in-throttle.js';
import { PasskeyAssertionsService } from './passkey-assertions.service.js';
import type { AssertionResponse } from './passkeys.dto.js';
import { passkeyInvalid } from './relying-party.js';

/**
 * Finds out who signs in with a passkey. It is both factors: something one has, which has itself
 * asked for something one knows or is.
 */
@Injectable()
export class PasskeySignInService {
  constructor(
    private readonly users: UsersService,
    private readonly assertions: PasskeyAssertionsService,
    private readonly throttle: SignInThrottle,
    private readonly audit: AuditService,
  ) {}

  /** @throws TooManyRequestsError */
  async begin(address: string) {
    return this.assertions.begin(address);
  }

  /**
   * @throws DomainError `auth.passkey_invalid`, `auth.not_activated`, `auth.deactivated`;
   *   TooManyRequestsError
   */
  async verify(challengeId: string, response: AssertionResponse, address: string): Promise<User> {
    await this.throttle.admit(address);
    const userId = await this.recordingFailure(undefined, () =>
      this.assertions.ownerOf(challengeId, response),
    );
    return this.recordingFailure(userId, async () => {
      const user = await this.users.findById(userId);
      if (!user) throw passkeyInvalid();
      demandActive(user);
      return user;
    });
  }

  private async recordingFailure<T>(
    userId: string | undefined,
    check: () => Promise<T>,
  ): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof DomainError) {
        await this.audit.record({
          action: 'sign_in.failed',
          subject: userId === undefined ? undefined : { type: 'user', id: userId },
          details: { reason: error.code },
        });
      }
      throw error;
    }
  }
}
