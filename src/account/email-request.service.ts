import { Injectable } from '@nestjs/common';
import { AppLinks } from '../auth/mail-links/app-links.js';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import {
  alreadyRegisteredMail,
  emailChangeMail,
  emailChangeNoticeMail,
} from '../auth/mails/index.js';
import { DomainError } from '../common/domain-error.js';
import { TooManyRequestsError } from '../common/too-many-requests.js';
import { MailOutbox } from '../mail/mail-outbox.service.js';
import { RateLimiter, type RateLimit } from '../ports/rate-limiter.js';
import type { User } from '../users/user.entity.js';
import { UsersService } from '../users/users.service.js';

/** Nobody can flood others with mail by asking for their addresses. */
const REQUESTS: RateLimit = { name: 'email-changes', points: 5, seconds: 3600 };

/** Asks a new address whether it belongs to whoever wants it. */
@Injectable()
export class EmailRequestService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: MailTokensService,
    private readonly outbox: MailOutbox,
    private readonly links: AppLinks,
    private readonly limiter: RateLimiter,
  ) {}

  /**
   * Does not tell whether the new address was known; its owner is told by mail instead.
   *
   * @throws DomainError `request.invalid` for the user's own address; TooManyRequestsError
   */
  async request(user: User, newAddress: string): Promise<void> {
    const newEmail = newAddress.toLowerCase();
    if (newEmail === user.email) {
      throw new DomainError('request.invalid', 'This is your address already.', [
        { field: 'new_email', message: 'is your address already' },
      ]);
    }
    const { allowed, resetSeconds } = await this.limiter.consume(REQUESTS, user.id);
    if (!allowed) throw new TooManyRequestsError('Too many changes of address.', resetSeconds);
    await this.mailNewAddress(user, newEmail);
    await this.outbox.add(emailChangeNoticeMail(user.email, newEmail), { userId: user.id });
  }

  private async mailNewAddress({ id }: User, newEmail: string): Promise<void> {
    const owner = await this.users.findByEmail(newEmail);
    // In both cases, so that they take the same time; one without an address confirms nothing.
    const token = await this.tokens.issue(id, 'email-change', owner ? null : newEmail);
    if (owner) {
      const mail = alreadyRegisteredMail(owner.email, this.links.login());
      await this.outbox.add(mail, { userId: owner.id });
    } else {
      const mail = emailChangeMail(newEmail, this.links.emailChange(id, token));
      await this.outbox.add(mail, { userId: id });
    }
  }
}
