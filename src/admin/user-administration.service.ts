import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
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
   * @throws DomainError `user.not_found`, `user.last_superuser`, `auth.forbidden`
   */
  async change(actor: Viewer, id: string, { role, isActive }: StandingChange): Promise<User> {
    const { user, before } = await this.users.changeStanding(id, (subject) => {
      if (role !== undefined) demandAdministration('change-role', actor, subject);
      if (isActive !== undefined) demandAdministration('change-activity', actor, subject);
      return { role: role ?? subject.role, isActive: isActive ?? subject.isActive };
    });
    if (user.isActive !== before.isActive) await this.activityChanged(actor, user, before);
    if (user.role !== before.role) {
      await this.record('user.role_changed', actor, id, { from: before.role, to: user.role });
    }
    return user;
  }

  /** @throws DomainError `user.not_found` */
  async unlock(actor: Viewer, id: string): Promise<void> {
    await this.get(id);
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
    await this.record('sign_out', actor, id, { everywhere: true });
    return count;
  }

  /** @throws DomainError `user.not_found` */
  async resetSecondFactor(actor: Viewer, id: string): Promise<void> {
    await this.get(id);
    await this.secondFactor.reset(id, actor.id);
  }

  private async activityChanged(actor: Viewer, user: User, before: Standing): Promise<void> {
    // An activation link that is still on its way would undo it.
    await this.tokens.voidAll(user.id);
    if (!user.isActive) await this.sessions.revokeAll(user.id);
    const change = { from: before.isActive, to: user.isActive };
    await this.record('user.activity_changed', actor, user.id, change);
  }

  private async record(
    action: 'sign_in.unlocked' | 'sign_out' | 'user.activity_changed' | 'user.role_changed',
    actor: Viewer,
    userId: string,
    details: Record<string, string | boolean> = {},
  ): Promise<void> {
    const subject = { type: 'user' as const, id: userId };
    await this.audit.record({ action, actorId: actor.id, subject, details });
  }
}
