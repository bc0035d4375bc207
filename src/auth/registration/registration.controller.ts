import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { z } from 'zod';
import { DetailSchema } from '../../common/detail.dto.js';
import { Operation } from '../../common/operation.js';
import { CurrentOrigin, type RequestOrigin } from '../../common/request-origin.js';
import { EmailSchema, LinkSchema } from '../mail-links/mail-links.dto.js';
import { ActivationService } from './activation.service.js';
import { RegisterSchema } from './registration.dto.js';
import { RegistrationService } from './registration.service.js';

const REGISTER_ERRORS = ['auth.weak_password', 'user.exists', 'request.too_many'] as const;

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
    description:
      'The answer is the same for known addresses, whose owners are told by mail. The username is yours once the account is activated, unless somebody else was faster.',
    access: 'public',
    status: 201,
    returns: DetailSchema,
    errors: REGISTER_ERRORS,
  })
  async register(
    @Body({ schema: RegisterSchema }) body: z.output<typeof RegisterSchema>,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    await this.registration.register(body, origin);
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
  async signUp(
    @Body({ schema: RegisterSchema }) body: z.output<typeof RegisterSchema>,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.register(body, origin);
  }

  @Post('activate')
  @Operation({
    summary: 'Activate an account with the mailed token',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.invalid_link'],
  })
  async activate(
    @Body({ schema: LinkSchema }) { uid, token }: z.output<typeof LinkSchema>,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    await this.activation.activate(uid, token, origin);
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
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return this.activate({ uid, token }, origin);
  }

  @Post('activation/resend')
  @Operation({
    summary: 'Mail a new activation link',
    access: 'public',
    returns: DetailSchema,
    errors: ['request.too_many'],
  })
  async resend(
    @Body({ schema: EmailSchema }) { email }: z.output<typeof EmailSchema>,
    @CurrentOrigin() { address }: RequestOrigin,
  ) {
    await this.activation.resend(email, address);
    return { detail: 'If the account waits for activation, a new link is on its way.' };
  }
}
