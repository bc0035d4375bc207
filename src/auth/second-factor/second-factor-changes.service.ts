import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { AuditAction } from '../../audit/audit-event.entity.js';
import { AuditService, type Actor, type AuditEntry } from '../../audit/audit.service.js';
import { MailOutbox } from '../../mail/mail-outbox.service.js';
import { UsersService } from '../../users/users.service.js';
import { secondFactorChangedMail } from '../mails/index.js';

/** What is recorded, and said to the owner, about a change. */
export interface Notice {
  action: Extract<AuditAction, `second_factor.${string}` | `passkey.${string}`>;
  /** For the owner; a sentence without its full stop. */
  what: string;
  /** Unset for a command. */
  by: Actor | undefined;
  details?: AuditEntry['details'];
}

/** Changes the ways in which somebody signs in: the change, its record and its mail, or none of them. */
@Injectable()
export class SecondFactorChanges {
  constructor(
    private readonly users: UsersService,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditService,
  ) {}

  /**
   * One change of an account at a time.
   *
   * @param change does it through `manager`; false when there was nothing to do
   * @returns what `change` did
   */
  async make<T>(
    userId: string,
    change: (manager: EntityManager) => Promise<T | false>,
    noticeOf: (changed: T) => Notice,
  ): Promise<T | false> {
    const { changed, mailId } = await this.users.holding(userId, async (manager, user) => {
      const changed = user !== null && (await change(manager));
      if (changed === false) return { changed };
      const { action, what, by, details = {} } = noticeOf(changed);
      const subject = { type: 'user', id: userId } as const;
      await this.audit.record({ action, by, subject, details }, manager);
      const mail = secondFactorChangedMail(user.email, what);
      return { changed, mailId: await this.outbox.write(mail, { userId, manager }) };
    });
    if (mailId !== undefined) await this.outbox.post(mailId);
    return changed;
  }
}
