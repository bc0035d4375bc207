import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import { JobQueue } from '../../ports/job-queue.js';
import { UsersService } from '../../users/users.service.js';
import { MailTokensService } from '../mail-links/mail-tokens.service.js';

/** The confirmation that an address belongs to whoever registered it. */
@Injectable()
export class ActivationService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: MailTokensService,
    private readonly audit: AuditService,
    private readonly jobs: JobQueue,
  ) {}

  /** @throws DomainError `auth.invalid_link` */
  async activate(userId: string, token: string): Promise<void> {
    if (!(await this.tokens.redeem(userId, 'activation', token))) {
      throw new DomainError('auth.invalid_link', 'The activation link is wrong, used or expired.');
    }
    await this.users.activate(userId);
    await this.audit.record({ action: 'account.activated', subject: { type: 'user', id: userId } });
  }

  /** Mails another link in a moment, if the address waits for one. */
  async resend(email: string): Promise<void> {
    await this.jobs.add('mail-link', { purpose: 'activation', email });
  }
}
