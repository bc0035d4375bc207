import { Body, Controller, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { Operation } from '../common/operation.js';
import { toUserDto } from '../users/user.dto.js';
import {
  ActivateSchema,
  DetailSchema,
  EmailSchema,
  LoginSchema,
  MeSchema,
  RefreshSchema,
  RegisterSchema,
  SignedInSchema,
  TokenPairSchema,
} from './auth.dto.js';
import { AuthService, type SignedIn } from './auth.service.js';
import { REFRESH_COOKIE, SessionCookies } from './cookies.js';
import { ACCESS_TOKEN_SECONDS, sessionIdOf, type Device } from './sessions.service.js';

const LOGIN_ERRORS = ['auth.invalid_credentials', 'auth.not_activated'] as const;

@ApiTags('Accounts')
@Controller('auth')
export class AuthController {
  constructor(
    private readonly auth: AuthService,
    private readonly cookies: SessionCookies,
  ) {}

  @Post('register')
  @Operation({
    summary: 'Register; the activation link comes by mail',
    access: 'public',
    status: 201,
    returns: DetailSchema,
    errors: ['user.exists'],
  })
  async register(@Body({ schema: RegisterSchema }) body: z.output<typeof RegisterSchema>) {
    await this.auth.register(body);
    return { detail: 'Check your mail: it holds the link that activates your account.' };
  }

  @Post('signup')
  @Operation({
    summary: 'Register; another name for /auth/register',
    access: 'public',
    status: 201,
    returns: DetailSchema,
    errors: ['user.exists'],
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
  async activate(
    @Body({ schema: ActivateSchema }) { uid, token }: z.output<typeof ActivateSchema>,
  ) {
    await this.auth.activate(uid, token);
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
    @Param('uid', { schema: ActivateSchema.shape.uid }) uid: string,
    @Param('token', { schema: ActivateSchema.shape.token }) token: string,
  ) {
    return this.activate({ uid, token });
  }

  @Post('activation/resend')
  @Operation({
    summary: 'Mail a new activation link',
    access: 'public',
    returns: DetailSchema,
  })
  async resendActivation(@Body({ schema: EmailSchema }) { email }: z.output<typeof EmailSchema>) {
    await this.auth.resendActivation(email);
    return { detail: 'If the account waits for activation, a new link is on its way.' };
  }

  @Post('login')
  @Operation({
    summary: 'Sign in and receive cookies',
    access: 'public',
    returns: SignedInSchema,
    errors: LOGIN_ERRORS,
  })
  async login(
    @Body({ schema: LoginSchema }) body: z.output<typeof LoginSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.withCookies(reply, await this.auth.login(credentialsOf(body), deviceOf(request)));
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
    @Req() request: FastifyRequest,
  ) {
    return toTokenPairDto(await this.auth.login(credentialsOf(body), deviceOf(request)));
  }

  @Post('demo')
  @Operation({
    summary: 'Sign in as a throwaway guest',
    access: 'public',
    returns: SignedInSchema,
    validates: false,
  })
  async demo(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return this.withCookies(reply, await this.auth.demo(deviceOf(request)));
  }

  @Post('refresh')
  @Operation({
    summary: 'Exchange the refresh token for new tokens',
    description:
      'The token comes from the cookie, with X-CSRFToken, or from the body for clients without cookies.',
    access: 'public',
    returns: TokenPairSchema.partial({ refresh_token: true }).meta({ id: 'RefreshedTokens' }),
    errors: ['auth.required', 'auth.invalid_token', 'auth.session_revoked', 'auth.csrf'],
  })
  async refresh(
    @Body({ schema: RefreshSchema }) body: z.output<typeof RefreshSchema>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (body?.refresh_token) return toTokenPairDto(await this.auth.refresh(body.refresh_token));
    const token = request.cookies[REFRESH_COOKIE];
    if (!token) throw new DomainError('auth.required', 'There is no refresh token.');
    this.cookies.checkCsrf(request, sessionIdOf(token));
    return this.withCookies(reply, await this.auth.refresh(token));
  }

  @Post('logout')
  @Operation({
    summary: 'End this session; a demo guest is removed',
    access: 'signed-in',
    returns: DetailSchema,
    errors: ['auth.csrf'],
    validates: false,
  })
  async logout(@CurrentViewer() viewer: Viewer, @Res({ passthrough: true }) reply: FastifyReply) {
    await this.auth.logout(viewer.sessionId, viewer.id);
    this.cookies.clear(reply);
    return { detail: 'You are signed out.' };
  }

  @Get('me')
  @Operation({
    summary: 'The signed-in user',
    access: 'signed-in',
    returns: MeSchema,
    validates: false,
  })
  async me(@CurrentViewer() viewer: Viewer) {
    return { user: toUserDto(await this.auth.userOf(viewer.id)) };
  }

  private withCookies(reply: FastifyReply, signedIn: SignedIn) {
    this.cookies.set(reply, signedIn.tokens);
    return toSignedInDto(signedIn);
  }
}

function toSignedInDto({ user, tokens }: SignedIn): z.output<typeof SignedInSchema> {
  return {
    user: toUserDto(user),
    access_token: tokens.accessToken,
    token_type: 'Bearer',
    expires_in: ACCESS_TOKEN_SECONDS,
  };
}

function toTokenPairDto(signedIn: SignedIn): z.output<typeof TokenPairSchema> {
  return { ...toSignedInDto(signedIn), refresh_token: signedIn.tokens.refreshToken };
}

function credentialsOf(body: z.output<typeof LoginSchema>) {
  return {
    identifier: body.email ?? body.username ?? '',
    password: body.password,
    rememberMe: body.remember_me,
  };
}

function deviceOf(request: FastifyRequest): Device {
  return { userAgent: request.headers['user-agent'] ?? '', address: request.ip };
}
