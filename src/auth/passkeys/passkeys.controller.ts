import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import {
  PasswordConfirmationSchema,
  type PasswordConfirmation,
} from '../passwords/passwords.dto.js';
import { CONFIRMATION_ERRORS, CredentialsService } from '../sign-in/credentials.service.js';
import { PasskeyRegistrationService } from './passkey-registration.service.js';
import {
  AddPasskeySchema,
  CreationOptionsSchema,
  PasskeySchema,
  PasskeysSchema,
  toCeremonyDto,
  toPasskeyDto,
} from './passkeys.dto.js';
import { PasskeysService } from './passkeys.service.js';

@ApiTags('Accounts')
@Controller('auth/passkeys')
export class PasskeysController {
  constructor(
    private readonly passkeys: PasskeysService,
    private readonly registration: PasskeyRegistrationService,
    private readonly credentials: CredentialsService,
  ) {}

  @Get()
  @Operation({
    summary: 'My passkeys; the oldest first',
    access: 'account',
    returns: PasskeysSchema,
    validates: false,
  })
  async list(@CurrentViewer() viewer: Viewer) {
    const passkeys = await this.passkeys.list(viewer.id);
    return { passkeys: passkeys.map(toPasskeyDto) };
  }

  @Post('options')
  @Operation({
    summary: 'Begin to add a passkey',
    description: 'The challenge is good for five minutes, and once. An account has 20 at most.',
    access: 'account',
    returns: CreationOptionsSchema,
    errors: ['auth.csrf', ...CONFIRMATION_ERRORS, 'auth.second_factor_conflict'],
  })
  async begin(
    @Body({ schema: PasswordConfirmationSchema }) { password }: PasswordConfirmation,
    @CurrentViewer() viewer: Viewer,
  ) {
    const user = await this.credentials.confirm(viewer, password);
    return toCeremonyDto(await this.registration.begin(user));
  }

  @Post()
  @Operation({
    summary: 'Add the passkey that the browser has made',
    access: 'account',
    status: 201,
    returns: PasskeySchema,
    errors: ['auth.csrf', 'auth.passkey_invalid', 'auth.second_factor_conflict'],
  })
  async add(
    @Body({ schema: AddPasskeySchema })
    { challenge_id: challengeId, name, response }: z.output<typeof AddPasskeySchema>,
    @CurrentViewer() viewer: Viewer,
  ) {
    return toPasskeyDto(await this.registration.add(viewer, { challengeId, name, response }));
  }

  @Delete(':id')
  @Operation({
    summary: 'Remove a passkey',
    access: 'account',
    status: 204,
    errors: ['auth.csrf', ...CONFIRMATION_ERRORS, 'passkey.not_found'],
  })
  async remove(
    @Param('id', { schema: IdParam }) id: string,
    @Body({ schema: PasswordConfirmationSchema }) { password }: PasswordConfirmation,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.credentials.confirm(viewer, password);
    await this.registration.remove(viewer, id);
  }
}
