import { Injectable } from '@nestjs/common';
import { MailOutbox } from '../../mail/mail-outbox.service.js';
import type { JobPayload } from '../../ports/job-contracts.js';
import { RateLimiter, type RateLimit } from '../../ports/rate-limiter.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import {
  activationMail,
  alreadyRegisteredMail,
  passwordChangedMail,
  passwordResetMail,
} from '../mails/index.js';
import { AppLinks } from './app-links.js';
import { MailTokensService } from './mail-tokens.service.js';

/** Nobody can be flooded with mail by others who ask for links in their name. */
const LINKS_PER_ADDRESS: RateLimit = { name: 'mailed-links', points: 10, seconds: 3600 };

/**
 * Mails what people ask for with nothing but an address. Asking only enqueues a job: whether there
 * is an account is looked up afterwards, so that neither the answer nor its time can tell.
 */
@Injectable()
export class MailLinksService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: MailTokensService,
    private readonly outbox: MailOutbox,
    private readonly links: AppLinks,
    private readonly limiter: RateLimiter,
  ) {}

  async mail({ purpose, email }: JobPayload<'mail-link'>): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (!user || user.isDemo) return;
    if (!(await this.limiter.consume(LINKS_PER_ADDRESS, user.id)).allowed) return;
    if (purpose === 'password-reset') {
      if (user.isActive) await this.mailPasswordReset(user);
    } else if (!user.activatedAt) {
      await this.mailActivation(user);
    } else if (purpose === 'registration') {
      await this.mailAlreadyRegistered(user);
    }
  }

  /** Tells the owner that the password is another one now. */
  async mailPasswordChanged({ id, email }: User): Promise<void> {
    const mail = passwordChangedMail(email, this.links.forgotPassword());
    await this.outbox.add(mail, { userId: id });
  }

  private async mailActivation({ id, email }: User): Promise<void> {
    const url = this.links.activation(id, await this.tokens.issue(id, 'activation'));
    await this.outbox.add(activationMail(email, url), { userId: id });
  }

  /** Somebody tried to register with an address that has an account. */
  private async mailAlreadyRegistered({ id, email }: User): Promise<void> {
    await this.outbox.add(alreadyRegisteredMail(email, this.links.login()), { userId: id });
  }

  private async mailPasswordReset({ id, email }: User): Promise<void> {
    const url = this.links.passwordReset(id, await this.tokens.issue(id, 'password-reset'));
    await this.outbox.add(passwordResetMail(email, url), { userId: id });
  }
}
