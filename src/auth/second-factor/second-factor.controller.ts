import { Body, Controller, Delete, Get, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { Operation } from '../../common/operation.js';
import {
  PasswordConfirmationSchema,
  type PasswordConfirmation,
} from '../passwords/passwords.dto.js';
import { CONFIRMATION_ERRORS, CredentialsService } from '../sign-in/credentials.service.js';
import { SecondFactorSetupService } from './second-factor-setup.service.js';
import {
  ConfirmTotpSchema,
  RecoveryCodesSchema,
  SecondFactorSchema,
  toSecondFactorDto,
  TotpSetupSchema,
  toTotpSetupDto,
} from './second-factor.dto.js';
import { SecondFactorService } from './second-factor.service.js';

@ApiTags('Accounts')
@Controller('auth/2fa')
export class SecondFactorController {
  constructor(
    private readonly secondFactor: SecondFactorService,
    private readonly setup: SecondFactorSetupService,
    private readonly credentials: CredentialsService,
  ) {}

  @Get()
  @Operation({
    summary: 'How my account is secured',
    access: 'account',
    returns: SecondFactorSchema,
    validates: false,
  })
  async state(@CurrentViewer() viewer: Viewer) {
    const state = await this.secondFactor.stateOf(viewer);
    return toSecondFactorDto(state, viewer.mustSetUpSecondFactor);
  }

  @Post('totp')
  @Operation({
    summary: 'Begin to set up an authenticator',
    description: 'Replaces a set-up that was begun and never confirmed.',
    access: 'account',
    returns: TotpSetupSchema,
    errors: ['auth.csrf', ...CONFIRMATION_ERRORS, 'auth.second_factor_conflict'],
  })
  async begin(
    @Body({ schema: PasswordConfirmationSchema }) { password }: PasswordConfirmation,
    @CurrentViewer() viewer: Viewer,
  ) {
    const user = await this.credentials.confirm(viewer, password);
    return toTotpSetupDto(await this.setup.begin(user));
  }

  @Post('totp/confirm')
  @Operation({
    summary: 'Switch two-factor sign-in on with a code of the authenticator',
    description: 'The recovery codes are shown this once.',
    access: 'account',
    returns: RecoveryCodesSchema,
    errors: [
      'auth.csrf',
      'auth.locked',
      'request.too_many',
      'auth.second_factor_invalid',
      'auth.second_factor_conflict',
    ],
  })
  async confirm(
    @Body({ schema: ConfirmTotpSchema }) { code }: z.output<typeof ConfirmTotpSchema>,
    @CurrentViewer() viewer: Viewer,
  ) {
    return { recovery_codes: await this.setup.confirm(viewer, code) };
  }

  @Delete('totp')
  @Operation({
    summary: 'Switch two-factor sign-in off; the recovery codes are void',
    access: 'account',
    status: 204,
    errors: ['auth.csrf', ...CONFIRMATION_ERRORS],
  })
  async remove(
    @Body({ schema: PasswordConfirmationSchema }) { password }: PasswordConfirmation,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.credentials.confirm(viewer, password);
    await this.setup.remove(viewer);
  }

  @Post('recovery-codes')
  @Operation({
    summary: 'Make new recovery codes; the old ones are void',
    access: 'account',
    returns: RecoveryCodesSchema,
    errors: ['auth.csrf', ...CONFIRMATION_ERRORS, 'auth.second_factor_conflict'],
  })
  async renewRecoveryCodes(
    @Body({ schema: PasswordConfirmationSchema }) { password }: PasswordConfirmation,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.credentials.confirm(viewer, password);
    return { recovery_codes: await this.setup.renewRecoveryCodes(viewer) };
  }
}
