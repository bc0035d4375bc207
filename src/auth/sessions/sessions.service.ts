import { createHmac, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThan, Not, Repository } from 'typeorm';
import { DomainError } from '../../common/domain-error.js';
import { UuidSchema } from '../../common/ids.js';
import { hashOpaqueToken, matchesOpaqueToken, newOpaqueToken } from '../../common/opaque-token.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { Secrets } from '../../config/secrets.js';
import { Session, type SignInMethod } from './session.entity.js';

/** What every access token says of itself, and must say to be believed. */
export const JWT_CLAIMS = { issuer: 'videoflix', audience: 'videoflix-api' } as const;

/** Seconds an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 30 * 60;
const SESSION_DAYS = 1;
const REMEMBERED_SESSION_DAYS = 30;
/** How long tabs of one browser may bring the refresh token that another tab has just exchanged. */
const REUSE_WINDOW_MILLISECONDS = 10_000;
/** "Last seen" is this exact; more would be a write at every request. */
const LAST_SEEN_MILLISECONDS = 60_000;

export interface SignInOptions {
  rememberMe: boolean;
  method: SignInMethod;
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
  private readonly refreshKey: Buffer;

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly jwt: JwtService,
    secrets: Secrets,
  ) {
    this.refreshKey = secrets.key('refresh-token');
  }

  async open(
    userId: string,
    { rememberMe, method }: SignInOptions,
    origin: RequestOrigin,
  ): Promise<SessionTokens> {
    const secret = newOpaqueToken();
    const now = new Date();
    const session = this.sessions.create({
      id: randomUUID(),
      userId,
      refreshHash: hashOpaqueToken(secret),
      rememberMe,
      method,
      ...origin,
      lastSeenAt: now,
      expiresAt: expiryFrom(now, rememberMe),
    });
    await this.sessions.insert(session);
    return this.tokensOf(session, secret);
  }

  /**
   * Exchanges a refresh token for new tokens. An old token that comes back has been stolen or
   * copied, and its session ends, unless another tab of the same browser has just exchanged it.
   *
   * @throws DomainError `auth.invalid_token`, `auth.session_revoked`
   */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<SessionTokens> {
    const [id, secret] = partsOf(refreshToken);
    if (!UuidSchema.safeParse(id).success) throw invalidToken();
    // Each token determines the next one, so that two tabs that bring the same one stay together.
    const next = createHmac('sha256', this.refreshKey)
      .update(`${id}.${secret}`)
      .digest('base64url');
    const rotated = await this.rotate(id, secret, next, origin);
    if (rotated) return this.tokensOf(rotated, next);
    const session = await this.findOpen(id);
    if (!session) throw new DomainError('auth.session_revoked', 'Please sign in again.');
    if (!justExchanged(session, secret, next, origin)) {
      await this.revoke(id);
      throw invalidToken();
    }
    return this.tokensOf(session, next);
  }

  /** The session while it is neither revoked nor expired. */
  async findOpen(id: string): Promise<Session | null> {
    return this.sessions.findOneBy({ id, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) });
  }

  /** A user's open sessions, the last seen first. */
  async list(userId: string): Promise<Session[]> {
    return this.sessions.find({
      where: { userId, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) },
      order: { lastSeenAt: 'DESC', id: 'ASC' },
    });
  }

  /** Everybody's open sessions, the last seen first. */
  async listAll(): Promise<Session[]> {
    return this.sessions.find({
      where: { revokedAt: IsNull(), expiresAt: MoreThan(new Date()) },
      order: { lastSeenAt: 'DESC', id: 'ASC' },
    });
  }

  /** Every session that is still known of, ended ones too, oldest first. */
  async history(userId: string): Promise<Session[]> {
    return this.sessions.find({ where: { userId }, order: { createdAt: 'ASC', id: 'ASC' } });
  }

  async noteUse({ id, lastSeenAt }: Session): Promise<void> {
    const now = Date.now();
    if (now - lastSeenAt.getTime() < LAST_SEEN_MILLISECONDS) return;
    await this.sessions.update({ id }, { lastSeenAt: new Date(now) });
  }

  async revoke(id: string): Promise<void> {
    await this.sessions.update({ id, revokedAt: IsNull() }, { revokedAt: new Date() });
  }

  /** Ends one open session of a user; false when they have no such session. */
  async revokeOwn(userId: string, id: string): Promise<boolean> {
    const { affected } = await this.sessions.update(
      { id, userId, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) },
      { revokedAt: new Date() },
    );
    return affected === 1;
  }

  /** Ends every session of a user, or every other one. Returns how many. */
  async revokeAll(userId: string, exceptId?: string): Promise<number> {
    const { affected } = await this.sessions.update(
      { userId, revokedAt: IsNull(), ...(exceptId ? { id: Not(exceptId) } : {}) },
      { revokedAt: new Date() },
    );
    return affected ?? 0;
  }

  /** Forgets sessions that ended before a moment. Returns how many. */
  async removeEndedBefore(moment: Date): Promise<number> {
    const { affected } = await this.sessions.delete([
      { expiresAt: LessThan(moment) },
      { revokedAt: LessThan(moment) },
    ]);
    return affected ?? 0;
  }

  /** Makes `next` the session's token if `secret` still is; undefined when it is not. */
  private async rotate(
    id: string,
    secret: string,
    next: string,
    origin: RequestOrigin,
  ): Promise<Session | undefined> {
    const session = await this.findOpen(id);
    if (!session || !matchesOpaqueToken(session.refreshHash, secret)) return undefined;
    const now = new Date();
    const changes = {
      refreshHash: hashOpaqueToken(next),
      previousHash: session.refreshHash,
      rotatedAt: now,
      lastSeenAt: now,
      ...origin,
      expiresAt: expiryFrom(now, session.rememberMe),
    };
    // Matching the old hash in the update lets one of two simultaneous uses win.
    const unchanged = { id, refreshHash: session.refreshHash, revokedAt: IsNull() };
    const { affected } = await this.sessions.update(unchanged, changes);
    return affected === 1 ? Object.assign(session, changes) : undefined;
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

/** True when `secret` was exchanged for `next` a moment ago by the same browser. */
function justExchanged(
  session: Session,
  secret: string,
  next: string,
  origin: RequestOrigin,
): boolean {
  const { previousHash, rotatedAt, refreshHash, userAgent } = session;
  if (!previousHash || !rotatedAt) return false;
  return (
    matchesOpaqueToken(previousHash, secret) &&
    matchesOpaqueToken(refreshHash, next) &&
    Date.now() - rotatedAt.getTime() <= REUSE_WINDOW_MILLISECONDS &&
    userAgent === origin.userAgent
  );
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
