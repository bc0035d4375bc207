import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { DetailSchema } from '../../common/detail.dto.js';
import { Operation } from '../../common/operation.js';
import { CurrentOrigin, type RequestOrigin } from '../../common/request-origin.js';
import { EmailSchema } from '../mail-links/mail-links.dto.js';
import { CONFIRMATION_ERRORS, CredentialsService } from '../sign-in/credentials.service.js';
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
    errors: ['request.too_many'],
  })
  async forgot(
    @Body({ schema: EmailSchema }) { email }: z.output<typeof EmailSchema>,
    @CurrentOrigin() { address }: RequestOrigin,
  ) {
    await this.password.forgot(email, address);
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
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    await this.password.reset(uid, token, password, origin);
    return { detail: 'Your password is changed. You can sign in with it now.' };
  }

  @Post('change')
  @Operation({
    summary: 'Choose a new password with the old one; all other sessions end',
    access: 'member',
    returns: DetailSchema,
    errors: [...CONFIRMATION_ERRORS, 'auth.weak_password', 'auth.csrf'],
  })
  async change(
    @Body({ schema: ChangePasswordSchema })
    { old_password: old, new_password: password }: z.output<typeof ChangePasswordSchema>,
    @CurrentViewer() viewer: Viewer,
  ) {
    const user = await this.credentials.confirm(viewer, old);
    await this.password.change(user, viewer, password);
    return { detail: 'Your password is changed. Other devices are signed out.' };
  }
}
