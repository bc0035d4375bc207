import { Injectable } from '@nestjs/common';
import type { Actor } from '../../audit/audit.service.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { AccountsConfig } from '../../config/config.js';
import type { User } from '../../users/user.entity.js';
import type { SignInMethod } from '../sessions/session.entity.js';
import { PasskeysService } from '../passkeys/passkeys.service.js';
import { SecondFactorChanges } from './second-factor-changes.service.js';
import { SecondFactorCodes } from './second-factor-codes.js';
import { SecondFactorRepository } from './second-factor.repository.js';
import type { TotpCredential } from './totp-credential.entity.js';

/** How an account is secured beside its password. */
export interface SecondFactorState {
  /** When two-factor sign-in was switched on; null while it is off. */
  confirmedAt: Date | null;
  recoveryCodesLeft: number;
  passkeys: number;
  /** Whether the settings demand a second factor of this account. */
  isRequired: boolean;
}

/** Two-factor sign-in: codes of an authenticator, and recovery codes for when it is lost. */
@Injectable()
export class SecondFactorService {
  constructor(
    private readonly repository: SecondFactorRepository,
    private readonly codes: SecondFactorCodes,
    private readonly passkeys: PasskeysService,
    private readonly changes: SecondFactorChanges,
    private readonly config: AccountsConfig,
  ) {}

  /**
   * Asks for the second factor of an account that has one.
   *
   * @throws DomainError `auth.second_factor_required`, `auth.second_factor_invalid`
   */
  async demand(userId: string, code: string | undefined, origin: RequestOrigin): Promise<void> {
    const totp = await this.repository.findActive(userId);
    if (!totp) return;
    if (code === undefined) {
      throw new DomainError(
        'auth.second_factor_required',
        'Send the code of your authenticator, or a recovery code.',
      );
    }
    if (await this.takeCode(totp, code, origin)) return;
    throw new DomainError('auth.second_factor_invalid', 'The code is wrong or was used already.');
  }

  /**
   * True for staff who signed in with nothing but a password where the settings require more. A
   * passkey is both factors, but having one makes a password no stronger.
   */
  async isMissing(user: Pick<User, 'id' | 'role'>, method: SignInMethod): Promise<boolean> {
    if (!this.isRequiredOf(user) || method === 'passkey') return false;
    return (await this.repository.findActive(user.id)) === null;
  }

  async stateOf(viewer: Pick<Viewer, 'id' | 'role'>): Promise<SecondFactorState> {
    const totp = await this.repository.findActive(viewer.id);
    return {
      confirmedAt: totp?.confirmedAt ?? null,
      recoveryCodesLeft: await this.repository.countRecoveryCodes(viewer.id),
      passkeys: await this.passkeys.count(viewer.id),
      isRequired: this.isRequiredOf(viewer),
    };
  }

  /**
   * Leaves an account with its password alone, for an owner who has lost everything else.
   *
   * @param by unset for a command
   */
  async reset(userId: string, by?: Actor): Promise<void> {
    await this.changes.make(
      userId,
      async (manager) => {
        const hadTotp = await this.repository.remove(userId, manager);
        const passkeys = await this.passkeys.removeAll(userId, manager);
        return (hadTotp || passkeys > 0) && { passkeys };
      },
      ({ passkeys }) => ({
        action: 'second_factor.disabled',
        what: 'Two-factor sign-in was switched off and all passkeys were removed',
        by,
        details: { reset: true, passkeys },
      }),
    );
  }

  private async takeCode(
    totp: TotpCredential,
    code: string,
    origin: RequestOrigin,
  ): Promise<boolean> {
    const { userId } = totp;
    const timeStep = this.codes.timeStepOf(totp, code);
    if (timeStep !== undefined) return this.repository.takeTimeStep(userId, timeStep);
    const hash = this.codes.recoveryCodeHash(userId, code);
    const taken = await this.changes.make(
      userId,
      async (manager) => {
        const isGood = await this.repository.takeRecoveryCode(userId, hash, manager);
        return isGood && { left: await this.repository.countRecoveryCodes(userId, manager) };
      },
      ({ left }) => ({
        action: 'second_factor.recovery_code_used',
        what: `A recovery code was used to sign in; you have ${left} left`,
        by: { id: userId, origin },
        details: { left },
      }),
    );
    return taken !== false;
  }

  private isRequiredOf({ role }: Pick<User, 'role'>): boolean {
    return this.config.staffSecondFactor === 'required' && role !== 'viewer';
  }
}
