import { Injectable } from '@nestjs/common';
import { encodeQR } from 'qr';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { User } from '../../users/user.entity.js';
import { CredentialsService } from '../sign-in/credentials.service.js';
import { SecondFactorChanges } from './second-factor-changes.service.js';
import { SecondFactorCodes } from './second-factor-codes.js';
import { SecondFactorRepository } from './second-factor.repository.js';
import { otpauthUrl } from './totp.js';

/** What an authenticator needs, in the three ways of handing it over. */
export interface TotpSetup {
  /** Base32. */
  secret: string;
  otpauthUrl: string;
  qrSvg: string;
}

/** Switches two-factor sign-in on and off, for owners who have just shown their password. */
@Injectable()
export class SecondFactorSetupService {
  constructor(
    private readonly repository: SecondFactorRepository,
    private readonly codes: SecondFactorCodes,
    private readonly credentials: CredentialsService,
    private readonly changes: SecondFactorChanges,
  ) {}

  /**
   * Hands out a secret, which counts once {@link confirm} has seen a code of it.
   *
   * @throws DomainError `auth.second_factor_conflict` when an authenticator is active
   */
  async begin({ id, email }: Pick<User, 'id' | 'email'>): Promise<TotpSetup> {
    const { secret, sealedSecret } = this.codes.newSecret(id);
    if (!(await this.repository.begin(id, sealedSecret))) throw alreadyOn();
    const url = otpauthUrl(secret, email);
    return { secret, otpauthUrl: url, qrSvg: encodeQR(url, 'svg', { ecc: 'medium', border: 4 }) };
  }

  /**
   * Switches two-factor sign-in on.
   *
   * @param code wrong ones are counted
   * @returns the recovery codes, which nobody can show again
   * @throws DomainError `auth.second_factor_invalid`, `auth.second_factor_conflict`;
   *   TooManyRequestsError
   */
  async confirm(viewer: Pick<Viewer, 'id' | 'origin'>, code: string): Promise<string[]> {
    const { codes, hashes } = this.codes.newRecoveryCodes(viewer.id);
    await this.credentials.guard(viewer, async () => {
      const waiting = await this.repository.find(viewer.id);
      if (!waiting) throw new DomainError('auth.second_factor_conflict', 'Begin the set-up first.');
      if (waiting.confirmedAt) throw alreadyOn();
      const timeStep = this.codes.timeStepOf(waiting, code);
      if (timeStep === undefined) {
        throw new DomainError('auth.second_factor_invalid', 'The code is wrong.');
      }
      const isOn = await this.changes.make(
        viewer.id,
        (manager) => this.repository.confirm(waiting, timeStep, hashes, manager),
        () => ({
          action: 'second_factor.enabled',
          what: 'Two-factor sign-in was switched on',
          by: viewer,
        }),
      );
      if (!isOn) throw alreadyOn();
    });
    return codes;
  }

  /** Switches two-factor sign-in off, or forgets a set-up that was begun. */
  async remove(viewer: Pick<Viewer, 'id' | 'origin'>): Promise<void> {
    await this.changes.make(
      viewer.id,
      (manager) => this.repository.remove(viewer.id, manager),
      () => ({
        action: 'second_factor.disabled',
        what: 'Two-factor sign-in was switched off',
        by: viewer,
      }),
    );
  }

  /**
   * Voids the recovery codes and makes new ones.
   *
   * @throws DomainError `auth.second_factor_conflict` while two-factor sign-in is off
   */
  async renewRecoveryCodes(viewer: Pick<Viewer, 'id' | 'origin'>): Promise<string[]> {
    const { codes, hashes } = this.codes.newRecoveryCodes(viewer.id);
    const renewed = await this.changes.make(
      viewer.id,
      (manager) => this.repository.replaceRecoveryCodes(viewer.id, hashes, manager),
      () => ({
        action: 'second_factor.recovery_codes_renewed',
        what: 'New recovery codes were made; the old ones are void',
        by: viewer,
      }),
    );
    if (!renewed) {
      throw new DomainError('auth.second_factor_conflict', 'Switch two-factor sign-in on first.');
    }
    return codes;
  }
}

function alreadyOn(): DomainError {
  return new DomainError('auth.second_factor_conflict', 'Two-factor sign-in is on already.');
}
