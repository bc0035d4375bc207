import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { MailOutbox } from '../../mail/mail-outbox.service.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { deletionCancelledMail } from '../mails/index.js';
import {
  SessionsService,
  type SessionTokens,
  type SignInOptions,
} from '../sessions/sessions.service.js';

/** A user and the tokens of a session of theirs. */
export interface SignedIn {
  user: User;
  tokens: SessionTokens;
}

/** Opens and ends sessions of people whose identity is established. */
@Injectable()
export class SignInService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditService,
  ) {}

  /**
   * Signs somebody in whose wish to leave, if there is one, is taken back by that.
   *
   * @param user as they were when they showed who they are
   * @throws DomainError `auth.session_revoked` when the account was closed or has got another
   *   password since
   */
  async open(user: User, options: SignInOptions, origin: RequestOrigin): Promise<SignedIn> {
    const { tokens, mailId } = await this.users.holding(user.id, async (manager, current) => {
      if (!current?.isActive || current.passwordHash !== user.passwordHash) throw sessionRevoked();
      await this.users.recordLogin(user.id, manager);
      const tokens = await this.sessions.open(user.id, options, origin, manager);
      const mailId = await this.welcomeBack(current, origin, manager);
      const subject = { type: 'user', id: user.id } as const;
      const details = { method: options.method };
      const action = 'sign_in.succeeded';
      const by = { id: user.id, origin };
      await this.audit.record({ action, by, subject, details }, manager);
      return { tokens, mailId };
    });
    if (mailId !== undefined) await this.outbox.post(mailId);
    return { user, tokens };
  }

  /** @throws DomainError `auth.invalid_token`, `auth.session_revoked` */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<SignedIn> {
    const tokens = await this.sessions.refresh(refreshToken, origin);
    const user = await this.userOf(tokens.userId);
    if (!user.isActive) throw sessionRevoked();
    return { user, tokens };
  }

  /**
   * Ends one session, or all of the same user; a demo guest is removed with everything that is
   * theirs. What has ended already stays so.
   */
  async end(sessionId: string, everywhere: boolean, origin: RequestOrigin): Promise<void> {
    const session = await this.sessions.findOpen(sessionId);
    if (!session) return;
    const { userId } = session;
    await this.users.holding(userId, async (manager, user) => {
      if (!user) return;
      if (user.isDemo) {
        await this.audit.anonymize(userId, manager);
        await this.users.delete(userId, manager);
        return;
      }
      if (everywhere) await this.sessions.revokeAll(userId, { manager });
      else await this.sessions.revoke(sessionId, manager);
      const subject = { type: 'user', id: userId } as const;
      const details = { everywhere };
      const by = { id: userId, origin };
      await this.audit.record({ action: 'sign_out', by, subject, details }, manager);
    });
  }

  /** @throws DomainError `auth.session_revoked` when the account is gone */
  async userOf(id: string): Promise<User> {
    const user = await this.users.findById(id);
    if (!user) throw sessionRevoked();
    return user;
  }

  /** Tells those who wanted to leave that they stay. Returns the id of the mail, to be posted. */
  private async welcomeBack(
    { id, email, deletionRequestedAt }: User,
    origin: RequestOrigin,
    manager: EntityManager,
  ): Promise<string | undefined> {
    if (deletionRequestedAt === null) return undefined;
    const subject = { type: 'user', id } as const;
    const action = 'account.deletion_cancelled';
    await this.audit.record({ action, by: { id, origin }, subject }, manager);
    return this.outbox.write(deletionCancelledMail(email), { userId: id, manager });
  }
}

function sessionRevoked(): DomainError {
  return new DomainError('auth.session_revoked', 'Please sign in again.');
}
