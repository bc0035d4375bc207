import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { DetailSchema } from '../../common/detail.dto.js';
import { Operation } from '../../common/operation.js';
import { EmailSchema, LinkSchema } from '../mail-links/mail-links.dto.js';
import { ActivationService } from './activation.service.js';
import { RegisterSchema } from './registration.dto.js';
import { RegistrationService } from './registration.service.js';

const REGISTER_ERRORS = ['auth.weak_password', 'user.exists'] as const;

@ApiTags('Accounts')
@Controller('auth')
export class RegistrationController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly activation: ActivationService,
  ) {}

  @Post('register')
  @Operation({
    summary: 'Register; the activation link comes by mail',
    access: 'public',
    status: 201,
    returns: DetailSchema,
    errors: REGISTER_ERRORS,
  })
  async register(@Body({ schema: RegisterSchema }) body: z.output<typeof RegisterSchema>) {
    await this.registration.register(body);
    return { detail: 'Check your mail: it holds the link that activates your account.' };
  }

  @Post('signup')
  @Operation({
    summary: 'Register; another name for /auth/register',
    access: 'public',
    status: 201,
    returns: DetailSchema,
    errors: REGISTER_ERRORS,
  })
  async signUp(@Body({ schema: RegisterSchema }) body: z.output<typeof RegisterSchema>) {
    return this.register(body);
  }

  @Post('activate')
  @Operation({
    summary: 'Activate an account with the mailed token',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.invalid_link'],
  })
  async activate(@Body({ schema: LinkSchema }) { uid, token }: z.output<typeof LinkSchema>) {
    await this.activation.activate(uid, token);
    return { detail: 'Your account is active. You can sign in now.' };
  }

  @Get('activate/:uid/:token')
  @Operation({
    summary: 'Activate an account by its link',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.invalid_link'],
  })
  async activateByLink(
    @Param('uid', { schema: LinkSchema.shape.uid }) uid: string,
    @Param('token', { schema: LinkSchema.shape.token }) token: string,
  ) {
    return this.activate({ uid, token });
  }

  @Post('activation/resend')
  @Operation({
    summary: 'Mail a new activation link',
    access: 'public',
    returns: DetailSchema,
  })
  async resend(@Body({ schema: EmailSchema }) { email }: z.output<typeof EmailSchema>) {
    await this.activation.resend(email);
    return { detail: 'If the account waits for activation, a new link is on its way.' };
  }
}
