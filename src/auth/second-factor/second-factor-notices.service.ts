import { Injectable } from '@nestjs/common';
import type { AuditAction } from '../../audit/audit-event.entity.js';
import { AuditService, type AuditEntry } from '../../audit/audit.service.js';
import { MailOutbox } from '../../mail/mail-outbox.service.js';
import { UsersService } from '../../users/users.service.js';
import { secondFactorChangedMail } from '../mails/index.js';

interface Notice {
  action: Extract<AuditAction, `second_factor.${string}` | `passkey.${string}`>;
  /** For the owner; a sentence without its full stop. */
  what: string;
  /** Unset for a command. */
  actorId: string | undefined;
  details?: AuditEntry['details'];
}

/** Records what happens to the ways in which somebody signs in, and tells them by mail. */
@Injectable()
export class SecondFactorNotices {
  constructor(
    private readonly users: UsersService,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditService,
  ) {}

  async tell(userId: string, { action, what, actorId, details = {} }: Notice): Promise<void> {
    await this.audit.record({ action, actorId, subject: { type: 'user', id: userId }, details });
    const user = await this.users.findById(userId);
    if (user) await this.outbox.add(secondFactorChangedMail(user.email, what), { userId });
  }
}
