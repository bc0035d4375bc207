import { createSecretKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { z } from 'zod';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { originOf } from '../common/request-origin.js';
import { Secrets } from '../config/secrets.js';
import { KnownTokens } from './sessions/known-tokens.js';
import { ACCESS_COOKIE } from './sessions/session-cookies.js';
import { JWT_CLAIMS } from './sessions/sessions.service.js';
import { Viewers } from './sessions/viewers.service.js';

const ClaimsSchema = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number() });

/** The access token in the `Authorization` header or the cookie. */
export const accessTokenOf = ExtractJwt.fromExtractors([
  ExtractJwt.fromAuthHeaderAsBearerToken(),
  (request) => (request as FastifyRequest).cookies[ACCESS_COOKIE] ?? null,
]);

/** Finds the viewer behind an access token. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(
    secrets: Secrets,
    private readonly known: KnownTokens,
    private readonly viewers: Viewers,
  ) {
    super({
      jwtFromRequest: accessTokenOf,
      // Bare bytes would be tried as a public key first, at every request. The types lack the other form.
      secretOrKey: createSecretKey(secrets.key('access-token')) as unknown as Buffer,
      algorithms: ['HS256'],
      passReqToCallback: true,
      ...JWT_CLAIMS,
    });
  }

  /** Once the token's signature is known to be right. */
  async validate(request: FastifyRequest, payload: unknown): Promise<Viewer> {
    const claims = ClaimsSchema.safeParse(payload);
    if (!claims.success) throw new DomainError('auth.invalid_token', 'The token is incomplete.');
    const token = accessTokenOf(request);
    if (token !== null) this.known.remember(token, claims.data);
    return this.viewers.find(claims.data, originOf(request));
  }
}
