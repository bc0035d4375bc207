import { Injectable } from '@nestjs/common';
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

  async open(user: User, options: SignInOptions, origin: RequestOrigin): Promise<SignedIn> {
    await this.users.recordLogin(user.id);
    if (user.deletionRequestedAt) await this.cancelDeletion(user);
    const tokens = await this.sessions.open(user.id, options, origin);
    await this.audit.record({
      action: 'sign_in.succeeded',
      actorId: user.id,
      subject: { type: 'user', id: user.id },
      details: { method: options.method },
    });
    return { user, tokens };
  }

  /** @throws DomainError `auth.invalid_token`, `auth.session_revoked` */
  async refresh(refreshToken: string, origin: RequestOrigin): Promise<SignedIn> {
    const tokens = await this.sessions.refresh(refreshToken, origin);
    const user = await this.userOf(tokens.userId);
    if (!user.isActive) throw sessionRevoked();
    return { user, tokens };
  }

  /** Ends one session or all; a demo guest is removed with everything that is theirs. */
  async end(userId: string, sessionId: string, everywhere: boolean): Promise<void> {
    if (everywhere) await this.sessions.revokeAll(userId);
    else await this.sessions.revoke(sessionId);
    const user = await this.users.findById(userId);
    if (user?.isDemo) {
      await this.audit.anonymize(user.id);
      await this.users.delete(user.id);
      return;
    }
    await this.audit.record({
      action: 'sign_out',
      actorId: userId,
      subject: { type: 'user', id: userId },
      details: { everywhere },
    });
  }

  /** @throws DomainError `auth.session_revoked` when the account is gone */
  async userOf(id: string): Promise<User> {
    const user = await this.users.findById(id);
    if (!user) throw sessionRevoked();
    return user;
  }

  private async cancelDeletion(user: User): Promise<void> {
    await this.users.update(user.id, { deletionRequestedAt: null });
    await this.audit.record({
      action: 'account.deletion_cancelled',
      actorId: user.id,
      subject: { type: 'user', id: user.id },
    });
    await this.outbox.add(deletionCancelledMail(user.email), { userId: user.id });
  }
}

function sessionRevoked(): DomainError {
  return new DomainError('auth.session_revoked', 'Please sign in again.');
}
