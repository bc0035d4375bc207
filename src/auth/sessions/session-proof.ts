import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt } from 'passport-jwt';
import { sessionIdOf } from './refresh-token.js';
import { ACCESS_COOKIE, REFRESH_COOKIE, SessionCookies } from './session-cookies.js';
import { SessionsService } from './sessions.service.js';

const bearerToken = ExtractJwt.fromAuthHeaderAsBearerToken();

/** Whose session a request may end, although its access token has expired. */
@Injectable()
export class SessionProof {
  constructor(
    private readonly sessions: SessionsService,
    private readonly cookies: SessionCookies,
  ) {}

  /**
   * The session that a request shows to be its own; undefined when it shows none. The CSRF token
   * is made from the session's id, so that it proves the cookie beside it.
   *
   * @throws DomainError `auth.csrf`
   */
  async sessionOf(request: FastifyRequest): Promise<string | undefined> {
    const bearer = bearerToken(request);
    if (bearer !== null) return this.sessions.idOf(bearer);
    this.cookies.checkOrigin(request);
    const { [REFRESH_COOKIE]: refresh, [ACCESS_COOKIE]: access } = request.cookies;
    if (!refresh && !access) return undefined;
    const id = refresh ? sessionIdOf(refresh) : await this.sessions.idOf(access ?? '');
    if (id !== undefined) this.cookies.checkCsrf(request, id);
    return id;
  }
}
