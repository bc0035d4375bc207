import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { UserArrivals } from '../../users/arrivals.service.js';
import { UsersService } from '../../users/users.service.js';
import { LinkRequests } from '../mail-links/link-requests.service.js';
import { MailTokensService } from '../mail-links/mail-tokens.service.js';

/** The confirmation that an address belongs to whoever registered it. */
@Injectable()
export class ActivationService {
  constructor(
    private readonly users: UsersService,
    private readonly arrivals: UserArrivals,
    private readonly tokens: MailTokensService,
    private readonly requests: LinkRequests,
    private readonly audit: AuditService,
  ) {}

  /**
   * Activates what was chosen in the registration that the link was mailed for.
   *
   * @throws DomainError `auth.invalid_link`
   */
  async activate(userId: string, token: string, origin: RequestOrigin): Promise<void> {
    await this.users.holding(userId, async (manager) => {
      const link = await this.tokens.redeem(userId, 'activation', token, manager);
      if (!link?.passwordHash) throw invalidLink();
      const { username, passwordHash } = link;
      const isNew = await this.arrivals.activate(userId, { username, passwordHash }, manager);
      if (!isNew) throw invalidLink();
      await this.tokens.voidAll(userId, manager);
      const subject = { type: 'user', id: userId } as const;
      await this.audit.record({ action: 'account.activated', by: { origin }, subject }, manager);
    });
  }

  /**
   * Mails another link in a moment, if the account waits for one.
   *
   * @param address where from
   * @throws TooManyRequestsError
   */
  async resend(email: string, address: string): Promise<void> {
    await this.requests.admit(address);
    await this.requests.mail('activation', email);
  }
}

function invalidLink(): DomainError {
  return new DomainError('auth.invalid_link', 'The activation link is wrong, used or expired.');
}
