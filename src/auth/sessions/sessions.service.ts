import { createHmac, randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { InjectRepository } from '@nestjs/typeorm';
import { IsNull, LessThan, MoreThan, Not, Repository, type EntityManager } from 'typeorm';
import { z } from 'zod';
import { AuditService } from '../../audit/audit.service.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { UuidSchema } from '../../common/ids.js';
import { hashOpaqueToken, matchesOpaqueToken, newOpaqueToken } from '../../common/opaque-token.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { Secrets } from '../../config/secrets.js';
import { isJustExchanged, partsOf } from './refresh-token.js';
import { Session, type SignInMethod } from './session.entity.js';
import type { SignedIn } from './signed-in.repository.js';

/** What every access token says of itself, and must say to be believed. */
export const JWT_CLAIMS = { issuer: 'videoflix', audience: 'videoflix-api' } as const;

/** Seconds an access token is good for. */
export const ACCESS_TOKEN_SECONDS = 30 * 60;
const SESSION_DAYS = 1;
const REMEMBERED_SESSION_DAYS = 30;
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

interface Revocation {
  /** The session that goes on. */
  exceptId?: string | undefined;
  /** Of the transaction in which it happens, if it happens in one. */
  manager?: EntityManager;
}

const SessionClaimSchema = z.object({ sid: z.uuid() });

/** Sign-ins: opened, renewed by a refresh token that changes at every use, and revoked. */
@Injectable()
export class SessionsService {
  private readonly refreshKey: Buffer;

  constructor(
    @InjectRepository(Session) private readonly sessions: Repository<Session>,
    private readonly jwt: JwtService,
    private readonly audit: AuditService,
    secrets: Secrets,
  ) {
    this.refreshKey = secrets.key('refresh-token');
  }

  async open(
    userId: string,
    { rememberMe, method }: SignInOptions,
    origin: RequestOrigin,
    manager = this.sessions.manager,
  ): Promise<SessionTokens> {
    const secret = newOpaqueToken();
    const now = new Date();
    const session = manager.create(Session, {
      id: randomUUID(),
      userId,
      refreshHash: hashOpaqueToken(secret),
      rememberMe,
      method,
      ...origin,
      lastSeenAt: now,
      expiresAt: expiryFrom(now, rememberMe),
    });
    await manager.insert(Session, session);
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
    if (!isJustExchanged(session, secret, origin)) {
      await this.revokeForReuse(session, origin);
      throw invalidToken();
    }
    return this.tokensOf(session, next);
  }

  /** The session that an access token is of, expired or not; undefined when it is none of ours. */
  async idOf(accessToken: string): Promise<string | undefined> {
    const rules = { ...JWT_CLAIMS, algorithms: ['HS256' as const], ignoreExpiration: true };
    const payload: unknown = await this.jwt.verifyAsync(accessToken, rules).catch(() => undefined);
    return SessionClaimSchema.safeParse(payload).data?.sid;
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

  async noteUse({ sessionId, lastSeenAt }: SignedIn): Promise<void> {
    const now = Date.now();
    if (now - lastSeenAt.getTime() < LAST_SEEN_MILLISECONDS) return;
    await this.sessions.update({ id: sessionId }, { lastSeenAt: new Date(now) });
  }

  async revoke(id: string, manager = this.sessions.manager): Promise<void> {
    await manager.update(Session, { id, revokedAt: IsNull() }, { revokedAt: new Date() });
  }

  /** Ends one open session for its owner; false when they have no such session. */
  async revokeOwn(viewer: Pick<Viewer, 'id' | 'origin'>, id: string): Promise<boolean> {
    const { affected } = await this.sessions.update(
      { id, userId: viewer.id, revokedAt: IsNull(), expiresAt: MoreThan(new Date()) },
      { revokedAt: new Date() },
    );
    if (affected !== 1) return false;
    await this.recordRevocation(viewer, 1);
    return true;
  }

  /** Ends every session of the viewer but this one. Returns how many. */
  async revokeOthers(viewer: Pick<Viewer, 'id' | 'origin' | 'sessionId'>): Promise<number> {
    const count = await this.revokeAll(viewer.id, { exceptId: viewer.sessionId });
    if (count > 0) await this.recordRevocation(viewer, count);
    return count;
  }

  /** Ends every session of a user, or every other one. Returns how many. */
  async revokeAll(
    userId: string,
    { exceptId, manager = this.sessions.manager }: Revocation = {},
  ): Promise<number> {
    const open = { userId, revokedAt: IsNull(), ...(exceptId ? { id: Not(exceptId) } : {}) };
    const { affected } = await manager.update(Session, open, { revokedAt: new Date() });
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

  private async revokeForReuse({ id, userId }: Session, origin: RequestOrigin): Promise<void> {
    await this.revoke(id);
    // By whom is the question.
    const subject = { type: 'user', id: userId } as const;
    await this.audit.record({ action: 'session.revoked_for_reuse', by: { origin }, subject });
  }

  private async recordRevocation(
    by: Pick<Viewer, 'id' | 'origin'>,
    sessions: number,
  ): Promise<void> {
    const subject = { type: 'user', id: by.id } as const;
    const details = { sessions };
    await this.audit.record({ action: 'session.revoked', by, subject, details });
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

function expiryFrom(now: Date, rememberMe: boolean): Date {
  const days = rememberMe ? REMEMBERED_SESSION_DAYS : SESSION_DAYS;
  return new Date(now.getTime() + days * 86_400_000);
}

function invalidToken(): DomainError {
  return new DomainError('auth.invalid_token', 'The refresh token is not valid.');
}
