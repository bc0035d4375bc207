import { Body, Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { DetailSchema } from '../../common/detail.dto.js';
import { DomainError } from '../../common/domain-error.js';
import { Operation } from '../../common/operation.js';
import { CurrentOrigin, type RequestOrigin } from '../../common/request-origin.js';
import { toUserDto } from '../../users/user.dto.js';
import { sessionIdOf } from '../sessions/refresh-token.js';
import { REFRESH_COOKIE, SessionCookies } from '../sessions/session-cookies.js';
import { SessionProof } from '../sessions/session-proof.js';
import { CredentialsService } from './credentials.service.js';
import { DemoService } from './demo.service.js';
import {
  LoginSchema,
  LogoutSchema,
  MeSchema,
  RefreshSchema,
  SignedInSchema,
  TokenPairSchema,
  toSignedInDto,
  toTokenPairDto,
} from './sign-in.dto.js';
import { SignInService, type SignedIn } from './sign-in.service.js';

const LOGIN_ERRORS = [
  'auth.invalid_credentials',
  'auth.deactivated',
  'auth.session_revoked',
  'auth.second_factor_required',
  'auth.second_factor_invalid',
  'auth.locked',
  'request.too_many',
] as const;

@ApiTags('Accounts')
@Controller('auth')
export class SignInController {
  constructor(
    private readonly credentials: CredentialsService,
    private readonly demos: DemoService,
    private readonly signIn: SignInService,
    private readonly cookies: SessionCookies,
    private readonly proof: SessionProof,
  ) {}

  @Post('login')
  @Operation({
    summary: 'Sign in and receive cookies',
    access: 'public',
    returns: SignedInSchema,
    errors: [...LOGIN_ERRORS, 'auth.csrf'],
  })
  async login(
    @Body({ schema: LoginSchema }) body: z.output<typeof LoginSchema>,
    @CurrentOrigin() origin: RequestOrigin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.cookies.checkOrigin(request);
    return this.withCookies(reply, await this.signInWith(body, origin));
  }

  @Post('token')
  @Operation({
    summary: 'Sign in without cookies',
    access: 'public',
    returns: TokenPairSchema,
    errors: LOGIN_ERRORS,
  })
  async token(
    @Body({ schema: LoginSchema }) body: z.output<typeof LoginSchema>,
    @CurrentOrigin() origin: RequestOrigin,
  ) {
    return toTokenPairDto(await this.signInWith(body, origin));
  }

  @Post('demo')
  @Operation({
    summary: 'Sign in as a throwaway guest, who is gone after logout or 24 hours',
    access: 'public',
    returns: SignedInSchema,
    errors: ['request.too_many', 'auth.csrf'],
    validates: false,
  })
  async demo(
    @CurrentOrigin() origin: RequestOrigin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    this.cookies.checkOrigin(request);
    return this.withCookies(reply, await this.demos.open(origin));
  }

  @Post('refresh')
  @Operation({
    summary: 'Exchange the refresh token for new tokens',
    description:
      'The token comes from the cookie, with X-CSRFToken, or from the body for clients without cookies. A token that was exchanged before ends its session, except within 10 seconds and from the same browser.',
    access: 'public',
    returns: TokenPairSchema.partial({ refresh_token: true }).meta({ id: 'RefreshedTokens' }),
    errors: ['auth.required', 'auth.invalid_token', 'auth.session_revoked', 'auth.csrf'],
  })
  async refresh(
    @Body({ schema: RefreshSchema }) body: z.output<typeof RefreshSchema>,
    @CurrentOrigin() origin: RequestOrigin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (body?.refresh_token) {
      return toTokenPairDto(await this.signIn.refresh(body.refresh_token, origin));
    }
    const token = request.cookies[REFRESH_COOKIE];
    if (!token) throw new DomainError('auth.required', 'There is no refresh token.');
    this.cookies.checkOrigin(request);
    this.cookies.checkCsrf(request, sessionIdOf(token));
    return this.withCookies(reply, await this.signIn.refresh(token, origin));
  }

  @Post('logout')
  @Operation({
    summary: 'End this session or all; a demo guest is removed',
    description:
      'An access token that has expired will do, and so does the cookie of the refresh token, with X-CSRFToken. The cookies go in any case.',
    access: 'public',
    returns: DetailSchema,
    errors: ['auth.csrf'],
  })
  async logout(
    @Body({ schema: LogoutSchema }) body: z.output<typeof LogoutSchema>,
    @CurrentOrigin() origin: RequestOrigin,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const sessionId = await this.proof.sessionOf(request);
    if (sessionId !== undefined) {
      await this.signIn.end(sessionId, body?.everywhere ?? false, origin);
    }
    this.cookies.clear(reply);
    return { detail: 'You are signed out.' };
  }

  @Get('me')
  @Operation({
    summary: 'The signed-in user',
    access: 'session',
    returns: MeSchema,
    validates: false,
  })
  async me(@CurrentViewer() viewer: Viewer) {
    return { user: toUserDto(await this.signIn.userOf(viewer.id)) };
  }

  private async signInWith(
    { email, username, password, code, remember_me: rememberMe }: z.output<typeof LoginSchema>,
    origin: RequestOrigin,
  ): Promise<SignedIn> {
    const identifier = email ?? username ?? '';
    const user = await this.credentials.verify({ identifier, password, code }, origin);
    return this.signIn.open(user, { rememberMe, method: 'password' }, origin);
  }

  private withCookies(reply: FastifyReply, signedIn: SignedIn) {
    this.cookies.set(reply, signedIn.tokens);
    return toSignedInDto(signedIn);
  }
}
