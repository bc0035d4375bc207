import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { User } from '../../users/user.entity.js';
import { SecondFactorChanges } from '../second-factor/second-factor-changes.service.js';
import { PasskeyChallengesService } from './passkey-challenges.service.js';
import type { Passkey } from './passkey.entity.js';
import type { CreationResponse } from './passkeys.dto.js';
import { PasskeysService } from './passkeys.service.js';
import { passkeyInvalid, RelyingParty } from './relying-party.js';

const PASSKEYS_PER_USER = 20;

interface Creation {
  challengeId: string;
  /** What the owner calls it. */
  name: string;
  response: CreationResponse;
}

/** Adds and removes people's passkeys. */
@Injectable()
export class PasskeyRegistrationService {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly challenges: PasskeyChallengesService,
    private readonly relyingParty: RelyingParty,
    private readonly changes: SecondFactorChanges,
  ) {}

  /**
   * What the browser of somebody who has just shown their password makes a passkey from.
   *
   * @throws DomainError `auth.second_factor_conflict` when they have as many as they may
   */
  async begin(user: User) {
    const known = await this.passkeys.list(user.id);
    refuseBeyondLimit(known.length);
    const options = await this.relyingParty.creationOptions(user, known);
    return { challengeId: await this.challenges.keep(options.challenge, user.id), options };
  }

  /** @throws DomainError `auth.passkey_invalid`, `auth.second_factor_conflict` */
  async add(
    viewer: Pick<Viewer, 'id' | 'origin'>,
    { challengeId, name, response }: Creation,
  ): Promise<Passkey> {
    const { id: userId } = viewer;
    const challenge = await this.challenges.take(challengeId, userId);
    if (challenge === undefined) throw passkeyInvalid();
    const credential = await this.relyingParty.verifyCreation(response, challenge);
    const passkey = await this.changes.make(
      userId,
      async (manager) => {
        refuseBeyondLimit(await this.passkeys.count(userId, manager));
        return (await this.passkeys.add({ ...credential, userId, name }, manager)) ?? false;
      },
      () => ({
        action: 'passkey.added',
        what: `The passkey “${name}” was added`,
        by: viewer,
      }),
    );
    if (!passkey) throw passkeyInvalid();
    return passkey;
  }

  /** @throws DomainError `passkey.not_found` */
  async remove(viewer: Pick<Viewer, 'id' | 'origin'>, id: string): Promise<void> {
    const removed = await this.changes.make(
      viewer.id,
      async (manager) => (await this.passkeys.remove(viewer.id, id, manager)) ?? false,
      (passkey) => ({
        action: 'passkey.removed',
        what: `The passkey “${passkey.name}” was removed`,
        by: viewer,
      }),
    );
    if (!removed) throw new DomainError('passkey.not_found', 'You have no passkey with this id.');
  }
}

function refuseBeyondLimit(count: number): void {
  if (count < PASSKEYS_PER_USER) return;
  throw new DomainError(
    'auth.second_factor_conflict',
    `You have ${count} passkeys already. Remove one of them first.`,
  );
}
