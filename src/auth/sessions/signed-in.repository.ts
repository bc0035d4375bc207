import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { UserRole } from '../../common/access.js';
import { batched } from '../../common/batched.js';
import { CATALOGUE_GENERATION } from '../../common/catalogue-generation.js';
import { PreparedStatement } from '../../common/prepared-statement.js';
import type { SignInMethod } from './session.entity.js';

/** An open session and whose it is, and what is asked beside to spare kept answers a question. */
export interface SignedIn {
  sessionId: string;
  method: SignInMethod;
  lastSeenAt: Date;
  userId: string;
  role: UserRole;
  isDemo: boolean;
  /** Of the catalogue. */
  generation: string;
}

const OPEN_SESSIONS = `SELECT session.id AS "sessionId", session.method, session.last_seen_at AS "lastSeenAt",
    viewer.id AS "userId", viewer.role, viewer.is_demo AS "isDemo",
    ${CATALOGUE_GENERATION} AS generation
  FROM sessions session JOIN users viewer ON viewer.id = session.user_id AND viewer.is_active
  WHERE session.id = ANY($1::uuid[]) AND session.revoked_at IS NULL AND session.expires_at > $2`;

/** Who is behind the sessions of the requests that are being answered. */
@Injectable()
export class SignedInRepository {
  private readonly sessions = batched((ids: readonly string[]) => this.findAll(ids));

  private readonly open: PreparedStatement<SignedIn>;

  constructor(database: DataSource) {
    this.open = new PreparedStatement(database, OPEN_SESSIONS);
  }

  /** As of this moment; undefined when the session is over or its user may not sign in any more. */
  async find(sessionId: string): Promise<SignedIn | undefined> {
    return this.sessions.load(sessionId);
  }

  private async findAll(sessionIds: readonly string[]): Promise<Map<string, SignedIn>> {
    const rows = await this.open.rows([sessionIds, new Date()]);
    return new Map(rows.map((row) => [row.sessionId, row]));
  }
}
