import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { Operation } from '../common/operation.js';
import { DetailSchema, EmailSchema, ResetPasswordSchema } from './auth.dto.js';
import { PasswordResetService } from './password-reset.service.js';

@ApiTags('Accounts')
@Controller('auth/password')
export class PasswordController {
  constructor(private readonly passwords: PasswordResetService) {}

  @Post('forgot')
  @Operation({
    summary: 'Mail a link that resets the password',
    access: 'public',
    returns: DetailSchema,
  })
  async forgot(@Body({ schema: EmailSchema }) { email }: z.output<typeof EmailSchema>) {
    await this.passwords.request(email);
    return { detail: 'If the address has an account, a link to a new password is on its way.' };
  }

  @Post('reset')
  @Operation({
    summary: 'Choose a new password with the mailed token; all sessions end',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.invalid_link'],
  })
  async reset(
    @Body({ schema: ResetPasswordSchema })
    { uid, token, new_password: password }: z.output<typeof ResetPasswordSchema>,
  ) {
    await this.passwords.reset(uid, token, password);
    return { detail: 'Your password is changed. You can sign in with it now.' };
  }
}
