import { Injectable } from '@nestjs/common';
import { PasskeyChallengesService } from './passkey-challenges.service.js';
import type { AssertionResponse } from './passkeys.dto.js';
import { PasskeysService } from './passkeys.service.js';
import { passkeyInvalid, RelyingParty } from './relying-party.js';

/** Signatures of passkeys: asked for, and checked. */
@Injectable()
export class PasskeyAssertionsService {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly challenges: PasskeyChallengesService,
    private readonly relyingParty: RelyingParty,
  ) {}

  /** @throws TooManyRequestsError */
  async begin(address: string) {
    const options = await this.relyingParty.requestOptions();
    return {
      challengeId: await this.challenges.keepForAnybody(options.challenge, address),
      options,
    };
  }

  /**
   * Whose signature it is.
   *
   * @throws DomainError `auth.passkey_invalid`
   */
  async ownerOf(challengeId: string, response: AssertionResponse): Promise<string> {
    const challenge = await this.challenges.take(challengeId, null);
    const passkey = await this.passkeys.findByCredential(response.id);
    if (challenge === undefined || !passkey) throw passkeyInvalid();
    const use = await this.relyingParty.verifyAssertion(response, challenge, passkey);
    if (!(await this.passkeys.noteUse(passkey, use))) throw passkeyInvalid();
    return passkey.userId;
  }
}
