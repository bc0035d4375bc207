import { Injectable } from '@nestjs/common';
import { PasskeysService } from '../auth/passkeys/passkeys.service.js';
import { SecondFactorService } from '../auth/second-factor/second-factor.service.js';
import { SessionsService } from '../auth/sessions/sessions.service.js';
import type { User } from '../users/user.entity.js';
import { toPasskeyData, toProfileData, toSessionData } from './personal-data.dto.js';

/** The sections of a person's data that are about the account itself. */
@Injectable()
export class AccountSections {
  constructor(
    private readonly sessions: SessionsService,
    private readonly passkeys: PasskeysService,
    private readonly secondFactor: SecondFactorService,
  ) {}

  async *of(user: User): AsyncIterable<[name: string, section: unknown]> {
    yield ['profile', toProfileData(user)];
    yield ['sessions', (await this.sessions.history(user.id)).map(toSessionData)];
    yield ['passkeys', (await this.passkeys.list(user.id)).map(toPasskeyData)];
    const { confirmedAt, recoveryCodesLeft } = await this.secondFactor.stateOf(user);
    const secondFactor = { confirmed_at: confirmedAt, recovery_codes_left: recoveryCodesLeft };
    yield ['second_factor', secondFactor];
  }
}
