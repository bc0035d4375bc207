import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AppLinks } from '../auth/mail-links/app-links.js';
import { MailTokensService } from '../auth/mail-links/mail-tokens.service.js';
import {
  alreadyRegisteredMail,
  emailChangeMail,
  emailChangeNoticeMail,
} from '../auth/mails/index.js';
import { demandSamePassword } from '../auth/sign-in/credentials.service.js';
import { DomainError } from '../common/domain-error.js';
import { MailOutbox } from '../mail/mail-outbox.service.js';
import { RateLimiter, type RateLimit } from '../ports/rate-limiter.js';
import { normalizeIdentifier } from '../users/identifiers.js';
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
   * @param user as they were when their password was checked
   * @throws DomainError `request.invalid` for the user's own address; `auth.wrong_password` when the
   *   password has been replaced since; TooManyRequestsError
   */
  async request(user: User, newAddress: string): Promise<void> {
    const newEmail = normalizeIdentifier(newAddress);
    if (newEmail === user.email) {
      throw new DomainError('request.invalid', 'This is your address already.', [
        { field: 'new_email', message: 'is your address already' },
      ]);
    }
    await this.limiter.admit(REQUESTS, user.id, 'Too many changes of address.');
    const known = await this.users.findByEmail(newEmail);
    // Anybody can register any address: until it is confirmed, it is nobody's.
    const owner = known?.activatedAt ? known : null;
    const mailIds = await this.users.holding(user.id, async (manager, current) => {
      // A new password voids every link, and must not be followed by one that the old one asked for.
      demandSamePassword(user, current);
      const notice = emailChangeNoticeMail(user.email, newEmail);
      return [
        await this.writeToNewAddress(user, newEmail, owner, manager),
        await this.outbox.write(notice, { userId: user.id, manager }),
      ];
    });
    for (const mailId of mailIds) await this.outbox.post(mailId);
  }

  /** Returns the mail's id. */
  private async writeToNewAddress(
    { id }: User,
    newEmail: string,
    owner: User | null,
    manager: EntityManager,
  ): Promise<string> {
    // In both cases, so that they take the same time; one without an address confirms nothing.
    const token = await this.tokens.issue(id, 'email-change', owner ? null : newEmail, manager);
    if (owner) {
      const mail = alreadyRegisteredMail(owner.email, this.links.login());
      return this.outbox.write(mail, { userId: owner.id, manager });
    }
    const mail = emailChangeMail(newEmail, this.links.emailChange(id, token));
    return this.outbox.write(mail, { userId: id, manager });
  }
}
