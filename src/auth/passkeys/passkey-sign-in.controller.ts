import { Body, Controller, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { Operation } from '../../common/operation.js';
import { CurrentOrigin, type RequestOrigin } from '../../common/request-origin.js';
import { SessionCookies } from '../sessions/session-cookies.js';
import { SignedInSchema, toSignedInDto } from '../sign-in/sign-in.dto.js';
import { SignInService } from '../sign-in/sign-in.service.js';
import { PasskeySignInService } from './passkey-sign-in.service.js';
import { PasskeyLoginSchema, RequestOptionsSchema, toCeremonyDto } from './passkeys.dto.js';

@ApiTags('Accounts')
@Controller('auth/passkeys/login')
export class PasskeySignInController {
  constructor(
    private readonly passkeys: PasskeySignInService,
    private readonly signIn: SignInService,
    private readonly cookies: SessionCookies,
  ) {}

  @Post('options')
  @Operation({
    summary: 'Begin to sign in with a passkey',
    description: 'The challenge is good for five minutes, and once.',
    access: 'public',
    returns: RequestOptionsSchema,
    errors: ['request.too_many'],
    validates: false,
  })
  async begin(@CurrentOrigin() { address }: RequestOrigin) {
    return toCeremonyDto(await this.passkeys.begin(address));
  }

  @Post()
  @Operation({
    summary: 'Sign in with a passkey and receive cookies',
    description: 'A passkey is both factors: no code is asked for.',
    access: 'public',
    returns: SignedInSchema,
    errors: [
      'auth.passkey_invalid',
      'auth.deactivated',
      'auth.session_revoked',
      'auth.csrf',
      'request.too_many',
    ],
  })
  async login(
    @Body({ schema: PasskeyLoginSchema })
    {
      challenge_id: challengeId,
      response,
      remember_me: rememberMe,
    }: z.output<typeof PasskeyLoginSchema>,
    @CurrentOrigin() origin: RequestOrigin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.cookies.checkOrigin(request);
    const user = await this.passkeys.verify(challengeId, response, origin);
    const signedIn = await this.signIn.open(user, { rememberMe, method: 'passkey' }, origin);
    this.cookies.set(reply, signedIn.tokens);
    return toSignedInDto(signedIn);
  }
}
