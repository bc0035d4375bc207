import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { graceEndsBefore } from '../account/grace.js';
import { AuditService, type AuditEntry } from '../audit/audit.service.js';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import { SecondFactorService } from '../auth/second-factor/second-factor.service.js';
import type { Session } from '../auth/sessions/session.entity.js';
import { SessionsService } from '../auth/sessions/sessions.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import type { User } from '../users/user.entity.js';
import { UsersService, type Standing } from '../users/users.service.js';
import { demandAdministration } from './administration-policy.js';

/** What is to change; what is not given stays. */
export interface StandingChange {
  role?: Standing['role'] | undefined;
  isActive?: boolean | undefined;
}

/** What staff do to the accounts of others. */
@Injectable()
export class UserAdministration {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly tokens: MailTokensService,
    private readonly secondFactor: SecondFactorService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `user.not_found` */
  async get(id: string): Promise<User> {
    const user = await this.users.findById(id);
    if (!user) throw new DomainError('user.not_found', 'No user has this id.');
    return user;
  }

  /**
   * Gives somebody another role, or switches the account on or off.
   *
   * @throws DomainError `user.not_found`, `user.last_superuser`, `user.being_erased`,
   *   `auth.forbidden`
   */
  async change(actor: Viewer, id: string, { role, isActive }: StandingChange): Promise<User> {
    const decide = (subject: User) => {
      if (role !== undefined) demandAdministration('change-role', actor, subject);
      if (isActive !== undefined) demandAdministration('change-activity', actor, subject);
      if (isActive) refuseErased(subject);
      return { role: role ?? subject.role, ...(isActive === undefined ? {} : { isActive }) };
    };
    return this.users.changeStanding(id, decide, async ({ before, after }, manager) => {
      // Who waited for activation and is switched off stays off, whatever was mailed before.
      const wasWaiting = before.activatedAt === null && after.activatedAt !== null;
      if (after.isActive !== before.isActive || wasWaiting) {
        await this.activityChanged(actor, before, after, manager);
      }
      if (after.role !== before.role) {
        const details = { from: before.role, to: after.role };
        await this.record('user.role_changed', actor, id, { details, manager });
      }
    });
  }

  /** @throws DomainError `user.not_found`, `auth.forbidden` */
  async unlock(actor: Viewer, id: string): Promise<void> {
    demandAdministration('unlock', actor, await this.get(id));
    await this.users.forgetFailures(id);
    await this.record('sign_in.unlocked', actor, id);
  }

  /** @throws DomainError `user.not_found`, `auth.forbidden` */
  async listSessions(actor: Viewer, id: string): Promise<Session[]> {
    demandAdministration('handle-sessions', actor, await this.get(id));
    return this.sessions.list(id);
  }

  /**
   * Signs somebody out everywhere. Returns of how many sessions.
   *
   * @throws DomainError `user.not_found`, `auth.forbidden`
   */
  async endSessions(actor: Viewer, id: string): Promise<number> {
    demandAdministration('handle-sessions', actor, await this.get(id));
    const count = await this.sessions.revokeAll(id);
    await this.record('sign_out', actor, id, { details: { everywhere: true } });
    return count;
  }

  /** @throws DomainError `user.not_found` */
  async resetSecondFactor(actor: Viewer, id: string): Promise<void> {
    await this.get(id);
    await this.secondFactor.reset(id, actor);
  }

  private async activityChanged(
    actor: Viewer,
    before: Standing,
    { id, isActive }: Pick<User, 'id' | 'isActive'>,
    manager: EntityManager,
  ): Promise<void> {
    await this.tokens.voidAll(id, manager);
    if (!isActive) await this.sessions.revokeAll(id, { manager });
    const details = { from: before.isActive, to: isActive };
    await this.record('user.activity_changed', actor, id, { details, manager });
  }

  private async record(
    action: 'sign_in.unlocked' | 'sign_out' | 'user.activity_changed' | 'user.role_changed',
    actor: Viewer,
    userId: string,
    { details = {}, manager }: { details?: AuditEntry['details']; manager?: EntityManager } = {},
  ): Promise<void> {
    const subject = { type: 'user' as const, id: userId };
    await this.audit.record({ action, by: actor, subject, details }, manager);
  }
}

/** Half an account is no account to come back to. */
function refuseErased({ deletionRequestedAt }: User): void {
  if (!deletionRequestedAt || deletionRequestedAt >= graceEndsBefore(new Date())) return;
  throw new DomainError(
    'user.being_erased',
    'The days in which the account could be kept are over.',
  );
}
