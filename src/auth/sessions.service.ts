import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, MoreThan, Repository } from 'typeorm';
import { DomainError } from '../common/domain-error.js';
import { UuidSchema } from '../common/ids.js';
import { hashOpaqueToken, matchesOpaqueToken, newOpaqueToken } from './opaque-token.js';
import { Session } from './session.entity.js';

/** Seconds an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 30 * 60;
const SESSION_DAYS = 1;
const REMEMBERED_SESSION_DAYS = 30;

/** Where a sign-in comes from. */
export interface Device {
  userAgent: string;
  address: string;
}

/** The two tokens of a session, fresh. */
export interface SessionTokens {
  sessionId: string;
  userId: string;
  accessToken: string;
  refreshToken: string;
  rememberMe: boolean;
  expiresAt: Date;
}

/** The session a refresh token claims to belong to. */
export function sessionIdOf(refreshToken: string): string {
  return partsOf(refreshToken)[0];
}

/** Sign-ins: opened, renewed by a refresh token that changes at every use, and revoked. */
@Injectable()
export class SessionsService {
  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly jwt: JwtService,
  ) {}

  async open(userId: string, rememberMe: boolean, device: Device): Promise<SessionTokens> {
    const secret = newOpaqueToken();
    const now = new Date();
    const session = this.sessions.create({
      id: randomUUID(),
      userId,
      refreshHash: hashOpaqueToken(secret),
      rememberMe,
      userAgent: device.userAgent.slice(0, 400),
      address: device.address,
      lastSeenAt: now,
      expiresAt: expiryFrom(now, rememberMe),
    });
    await this.sessions.insert(session);
    return this.tokensOf(session, secret);
  }

  /**
   * Exchanges a refresh token for new tokens. An old token that comes back has been stolen or
   * copied: its session ends.
   *
   * @throws DomainError `auth.invalid_token`, `auth.session_revoked`
   */
  async refresh(refreshToken: string): Promise<SessionTokens> {
    const [id, secret] = partsOf(refreshToken);
    if (!UuidSchema.safeParse(id).success) throw invalidToken();
    const session = await this.findOpen(id);
    if (!session) throw new DomainError('auth.session_revoked', 'Please sign in again.');
    const renewed = newOpaqueToken();
    const now = new Date();
    const expiresAt = expiryFrom(now, session.rememberMe);
    // Matching the old hash in the update lets one of two simultaneous uses win.
    const { affected } = matchesOpaqueToken(session.refreshHash, secret)
      ? await this.sessions.update(
          { id, refreshHash: session.refreshHash, revokedAt: IsNull() },
          { refreshHash: hashOpaqueToken(renewed), lastSeenAt: now, expiresAt },
        )
      : { affected: 0 };
    if (affected !== 1) {
      await this.revoke(id);
      throw invalidToken();
    }
    return this.tokensOf(Object.assign(session, { expiresAt }), renewed);
  }

  /** The session while it is neither revoked nor expired. */
  async findOpen(id: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) });
  }

  async revoke(id: string): Promise<void> {
    await this.sessions.update({ id, revokedAt: IsNull() }, { revokedAt: new Date() });
  }

  /** Ends every session of a user. */
  async revokeAll(userId: string): Promise<void> {
    await this.sessions.update({ userId, revokedAt: IsNull() }, { revokedAt: new Date() });
  }

  private async tokensOf(session: Session, secret: string): Promise<SessionTokens> {
    return {
      sessionId: session.id,
      userId: session.userId,
      accessToken: await this.jwt.signAsync({ sub: session.userId, sid: session.id }),
      refreshToken: `${session.id}.${secret}`,
      rememberMe: session.rememberMe,
      expiresAt: session.expiresAt,
    };
  }
}

function partsOf(refreshToken: string): [id: string, secret: string] {
  const [id = '', secret = ''] = refreshToken.split('.');
  return [id, secret];
}

function expiryFrom(now: Date, rememberMe: boolean): Date {
  const days = rememberMe ? REMEMBERED_SESSION_DAYS : SESSION_DAYS;
  return new Date(now.getTime() + days * 86_400_000);
}

function invalidToken(): DomainError {
  return new DomainError('auth.invalid_token', 'The refresh token is not valid.');
}
