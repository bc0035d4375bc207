import { Body, Controller, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { DetailSchema } from '../../common/detail.dto.js';
import { Operation } from '../../common/operation.js';
import { EmailSchema } from '../mail-links/mail-links.dto.js';
import { CredentialsService } from '../sign-in/credentials.service.js';
import { OwnPasswordService } from './own-password.service.js';
import { ChangePasswordSchema, ResetPasswordSchema } from './passwords.dto.js';

@ApiTags('Accounts')
@Controller('auth/password')
export class PasswordController {
  constructor(
    private readonly password: OwnPasswordService,
    private readonly credentials: CredentialsService,
  ) {}

  @Post('forgot')
  @Operation({
    summary: 'Mail a link that resets the password',
    access: 'public',
    returns: DetailSchema,
  })
  async forgot(@Body({ schema: EmailSchema }) { email }: z.output<typeof EmailSchema>) {
    await this.password.forgot(email);
    return { detail: 'If the address has an account, a link to a new password is on its way.' };
  }

  @Post('reset')
  @Operation({
    summary: 'Choose a new password with the mailed token; all sessions end',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.invalid_link', 'auth.weak_password'],
  })
  async reset(
    @Body({ schema: ResetPasswordSchema })
    { uid, token, new_password: password }: z.output<typeof ResetPasswordSchema>,
  ) {
    await this.password.reset(uid, token, password);
    return { detail: 'Your password is changed. You can sign in with it now.' };
  }

  @Post('change')
  @Operation({
    summary: 'Choose a new password with the old one; all other sessions end',
    access: 'member',
    returns: DetailSchema,
    errors: ['auth.wrong_password', 'auth.weak_password', 'auth.locked', 'auth.csrf'],
  })
  async change(
    @Body({ schema: ChangePasswordSchema })
    { old_password: old, new_password: password }: z.output<typeof ChangePasswordSchema>,
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
  ) {
    await this.credentials.confirm(viewer, old, request.ip);
    await this.password.change(viewer, password);
    return { detail: 'Your password is changed. Other devices are signed out.' };
  }
}
