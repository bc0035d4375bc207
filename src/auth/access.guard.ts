import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt } from 'passport-jwt';
import { ACCESS_RULE, type AccessRule, type Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { originOf } from '../common/request-origin.js';
import { AccountsConfig } from '../config/config.js';
import { ServiceRequests } from '../service-keys/service-requests.service.js';
import { accessTokenOf } from './jwt.strategy.js';
import { demandPermission } from './permissions.js';
import { ReadThrottle } from './read-throttle.js';
import { KnownTokens } from './sessions/known-tokens.js';
import { SessionCookies } from './sessions/session-cookies.js';
import { Viewers } from './sessions/viewers.service.js';

const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken();
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

type GuardedRequest = FastifyRequest & { viewer?: Viewer };

/** Lets a request pass when the route's access rule says so; a route without a rule is closed. */
@Injectable()
export class AccessGuard extends AuthGuard('jwt') {
  constructor(
    private readonly reflector: Reflector,
    private readonly cookies: SessionCookies,
    private readonly known: KnownTokens,
    private readonly viewers: Viewers,
    private readonly config: AccountsConfig,
    private readonly services: ServiceRequests,
    private readonly throttle: ReadThrottle,
  ) {
    super({ property: 'viewer' });
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const rule = this.reflector.getAllAndOverride<AccessRule | undefined>(ACCESS_RULE, [
      context.getHandler(),
      context.getClass(),
    ]);
    if (rule === 'public') {
      await this.throttle.admit(context, undefined);
      return true;
    }
    if (!rule) throw new DomainError('auth.forbidden', 'This route is closed.');
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    if (rule === 'service') {
      await this.services.admit(request);
      return true;
    }
    const viewer = await this.signedIn(context);
    const isSomebody = !(viewer instanceof DomainError);
    await this.throttle.admit(context, isSomebody ? viewer : undefined);
    if (!isSomebody) throw viewer;
    request.viewer = viewer;
    this.checkForgery(request, viewer);
    demandPermission(rule, viewer, this.config);
    return true;
  }

  override handleRequest<T>(error: unknown, viewer: T | false, info: unknown): T {
    if (error instanceof Error) throw error;
    if (viewer) return viewer;
    const name = info instanceof Error ? info.name : '';
    if (name === 'TokenExpiredError') {
      throw new DomainError('auth.expired_token', 'The access token has expired.');
    }
    if (name === 'JsonWebTokenError' || name === 'NotBeforeError' || name === 'SyntaxError') {
      throw new DomainError('auth.invalid_token', 'The access token is not valid.');
    }
    throw new DomainError('auth.required', 'Please sign in.');
  }

  /** The viewer, or why there is none. */
  private async signedIn(context: ExecutionContext): Promise<Viewer | DomainError> {
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const token = accessTokenOf(request);
    const claims = token === null ? undefined : this.known.find(token);
    try {
      if (claims) return await this.viewers.find(claims, originOf(request));
      await super.canActivate(context);
    } catch (error) {
      if (error instanceof DomainError) return error;
      throw error;
    }
    return request.viewer ?? new DomainError('auth.required', 'Please sign in.');
  }

  private checkForgery(request: GuardedRequest, viewer: Viewer): void {
    // Another scheme, such as the Basic of a proxy before us, leaves the sign-in to the cookie.
    if (SAFE_METHODS.has(request.method) || bearerToken(request) !== null) return;
    this.cookies.checkOrigin(request);
    this.cookies.checkCsrf(request, viewer.sessionId);
  }
}
