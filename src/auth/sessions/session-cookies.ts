import { createHmac, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../../common/domain-error.js';
import { AccountsConfig } from '../../config/config.js';
import { Secrets } from '../../config/secrets.js';
import { ACCESS_TOKEN_SECONDS, type SessionTokens } from './sessions.service.js';

export const ACCESS_COOKIE = 'access_token';
export const REFRESH_COOKIE = 'refresh_token';
const CSRF_COOKIE = 'csrftoken';
/** Header that repeats the CSRF cookie; only a page of our own origin can read the cookie. */
const CSRF_HEADER = 'x-csrftoken';

const REFRESH_PATH = '/api/v1/auth';

/** Sets and reads the cookies of a session, and tells our own pages from those of others. */
@Injectable()
export class SessionCookies {
  private readonly csrfKey: Buffer;
  private readonly appOrigin: string;

  constructor(secrets: Secrets, config: AccountsConfig) {
    this.csrfKey = secrets.key('csrf-token');
    this.appOrigin = new URL(config.appUrl).origin;
  }

  set(reply: FastifyReply, tokens: SessionTokens): void {
    const secure = this.appOrigin.startsWith('https://');
    const base = { sameSite: 'lax', secure, httpOnly: true } as const;
    // Without a date or a maximum age the browser drops a cookie when it closes.
    const lasting = tokens.rememberMe ? { expires: tokens.expiresAt } : {};
    const fleeting = tokens.rememberMe ? { maxAge: ACCESS_TOKEN_SECONDS } : {};
    void reply
      .setCookie(ACCESS_COOKIE, tokens.accessToken, { ...base, ...fleeting, path: '/' })
      .setCookie(REFRESH_COOKIE, tokens.refreshToken, { ...base, ...lasting, path: REFRESH_PATH })
      .setCookie(CSRF_COOKIE, this.csrfToken(tokens.sessionId), {
        ...base,
        ...lasting,
        path: '/',
        httpOnly: false,
      });
  }

  clear(reply: FastifyReply): void {
    void reply
      .clearCookie(ACCESS_COOKIE, { path: '/' })
      .clearCookie(REFRESH_COOKIE, { path: REFRESH_PATH })
      .clearCookie(CSRF_COOKIE, { path: '/' });
  }

  /**
   * Demands the CSRF token of this very session in the header.
   *
   * @throws DomainError `auth.csrf`
   */
  checkCsrf(request: FastifyRequest, sessionId: string): void {
    const header = request.headers[CSRF_HEADER];
    const expected = Buffer.from(this.csrfToken(sessionId));
    const given = Buffer.from(typeof header === 'string' ? header : '');
    if (expected.length === given.length && timingSafeEqual(expected, given)) return;
    throw new DomainError('auth.csrf', 'Send the csrftoken cookie back as X-CSRFToken.');
  }

  /**
   * Refuses what a browser sends on behalf of another site's page: its `Origin`, or `Referer` where
   * that is missing, is neither `APP_URL` nor the address the request came to.
   *
   * @throws DomainError `auth.csrf`
   */
  checkOrigin(request: FastifyRequest): void {
    const from = request.headers.origin ?? request.headers.referer;
    if (from === undefined) return;
    const origin = URL.parse(from)?.origin;
    if (origin === this.appOrigin || origin === `${request.protocol}://${request.host}`) return;
    throw new DomainError('auth.csrf', 'The request comes from a page of another site.');
  }

  private csrfToken(sessionId: string): string {
    return createHmac('sha256', this.csrfKey).update(sessionId).digest('base64url');
  }
}
