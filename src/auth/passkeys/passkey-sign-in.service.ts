import { Injectable } from '@nestjs/common';
import type { RequestOrigin } from '../../common/request-origin.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { demandActive } from '../sign-in/credentials.service.js';
import { FailedProofs } from '../sign-in/failed-proofs.js';
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
    private readonly failures: FailedProofs,
  ) {}

  /** @throws TooManyRequestsError */
  async begin(address: string) {
    return this.assertions.begin(address);
  }

  /**
   * @throws DomainError `auth.passkey_invalid`, `auth.deactivated`; TooManyRequestsError
   */
  async verify(
    challengeId: string,
    response: AssertionResponse,
    origin: RequestOrigin,
  ): Promise<User> {
    await this.throttle.admit(origin.address);
    const userId = await this.failures.recording('sign_in.failed', undefined, origin, () =>
      this.assertions.ownerOf(challengeId, response),
    );
    return this.failures.recording('sign_in.failed', userId, origin, async () => {
      const user = await this.users.findById(userId);
      if (!user) throw passkeyInvalid();
      demandActive(user);
      return user;
    });
  }
}
