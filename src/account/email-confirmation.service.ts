import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import { emailChangedMail } from '../auth/mails/index.js';
import { DomainError } from '../common/domain-error.js';
import type { RequestOrigin } from '../common/request-origin.js';
import { MailOutbox } from '../mail/mail-outbox.service.js';
import { UserArrivals } from '../users/arrivals.service.js';
import { UsersService } from '../users/users.service.js';

/** Changes an address once the new one is confirmed. */
@Injectable()
export class EmailConfirmationService {
  constructor(
    private readonly users: UsersService,
    private readonly arrivals: UserArrivals,
    private readonly tokens: MailTokensService,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `auth.invalid_link`, also when somebody took the address in the meantime */
  async confirm(userId: string, token: string, origin: RequestOrigin): Promise<void> {
    const mailId = await this.users.holding(userId, async (manager, user) => {
      if (!user?.isActive) throw invalidLink();
      const link = await this.tokens.redeem(userId, 'email-change', token, manager);
      if (!link?.newEmail) throw invalidLink();
      await this.change(userId, link.newEmail, manager);
      // Links that went to the old address open the account no more.
      await this.tokens.voidAll(userId, manager);
      const subject = { type: 'user', id: userId } as const;
      const action = 'account.email_changed';
      const by = { id: userId, origin };
      await this.audit.record({ action, by, subject }, manager);
      const mail = emailChangedMail(user.email, link.newEmail);
      return this.outbox.write(mail, { userId, manager });
    });
    await this.outbox.post(mailId);
  }

  private async change(userId: string, email: string, manager: EntityManager): Promise<void> {
    // Whoever confirms an address has it; others who registered it never did.
    const registered = await this.arrivals.forget(email, manager);
    if (registered !== undefined) await this.audit.anonymize(registered, manager);
    try {
      await this.users.update(userId, { email }, manager);
    } catch (error) {
      // Whoever holds the link need not learn that the address has an account.
      if (error instanceof DomainError && error.code === 'user.exists') throw invalidLink();
      throw error;
    }
  }
}

function invalidLink(): DomainError {
  return new DomainError('auth.invalid_link', 'The link is wrong, used or expired.');
}
