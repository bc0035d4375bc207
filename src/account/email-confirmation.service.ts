import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import { emailChangedMail } from '../auth/mails/index.js';
import { DomainError } from '../common/domain-error.js';
import { MailOutbox } from '../mail/mail-outbox.service.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** Changes an address once the new one is confirmed. */
@Injectable()
export class EmailConfirmationService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: MailTokensService,
    private readonly outbox: MailOutbox,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `auth.invalid_link`, also when somebody took the address in the meantime */
  async confirm(userId: string, token: string): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user?.isActive) throw invalidLink();
    const newEmail = (await this.tokens.redeem(userId, 'email-change', token))?.newEmail;
    if (!newEmail) throw invalidLink();
    await this.change(user, newEmail);
    // Links that went to the old address open the account no more.
    await this.tokens.voidAll(userId);
    await this.audit.record({
      action: 'account.email_changed',
      actorId: userId,
      subject: { type: 'user', id: userId },
    });
    await this.outbox.add(emailChangedMail(user.email, newEmail), { userId });
  }

  private async change({ id }: User, email: string): Promise<void> {
    try {
      await this.users.update(id, { email });
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
