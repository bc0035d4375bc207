import { createSecretKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { z } from 'zod';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { Secrets } from '../config/secrets.js';
import { SecondFactorService } from './second-factor/second-factor.service.js';
import { ACCESS_COOKIE } from './sessions/session-cookies.js';
import { JWT_CLAIMS, SessionsService } from './sessions/sessions.service.js';
import { SignedInRepository } from './sessions/signed-in.repository.js';

const PayloadSchema = z.object({ sub: z.uuid(), sid: z.uuid() });

/** Finds the viewer behind an access token in the `Authorization` header or the cookie. */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy) {
  constructor(
    secrets: Secrets,
    private readonly signedIn: SignedInRepository,
    private readonly sessions: SessionsService,
    private readonly secondFactor: SecondFactorService,
  ) {
    super({
      jwtFromRequest: ExtractJwt.fromExtractors([
        ExtractJwt.fromAuthHeaderAsBearerToken(),
        fromCookie,
      ]),
      // Bare bytes would be tried as a public key first, at every request. The types lack the other form.
      secretOrKey: createSecretKey(secrets.key('access-token')) as unknown as Buffer,
      algorithms: ['HS256'],
      ...JWT_CLAIMS,
    });
  }

  async validate(payload: unknown): Promise<Viewer> {
    const claims = PayloadSchema.safeParse(payload);
    if (!claims.success) throw new DomainError('auth.invalid_token', 'The token is incomplete.');
    const { sub, sid } = claims.data;
    const session = await this.signedIn.find(sid);
    if (session?.userId !== sub) {
      throw new DomainError('auth.session_revoked', 'Please sign in again.');
    }
    await this.sessions.noteUse(session);
    const { userId: id, role, isDemo, method } = session;
    return {
      id,
      role,
      isDemo,
      sessionId: sid,
      mustSetUpSecondFactor: await this.secondFactor.isMissing({ id, role }, method),
    };
  }
}

function fromCookie(request: unknown): string | null {
  return (request as FastifyRequest).cookies[ACCESS_COOKIE] ?? null;
}
