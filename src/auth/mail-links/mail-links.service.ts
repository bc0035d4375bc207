import { Injectable } from '@nestjs/common';
import type { JobPayload } from '../../ports/job-contracts.js';
import type { JobAttempt } from '../../ports/job-queue.js';
import { RateLimiter, type RateLimit } from '../../ports/rate-limiter.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { AccountMails } from './account-mails.service.js';
import { ActivationLinksService } from './activation-links.service.js';
import { MailTokensService } from './mail-tokens.service.js';

/**
 * Nobody can be flooded with mail by others who ask for links in their name. Each purpose is
 * counted by itself, so that whoever uses up one of them leaves the owner the others.
 */
const LINKS_PER_ACCOUNT: RateLimit = { name: 'mailed-links', points: 10, seconds: 3600 };

/**
 * Mails what people ask for with nothing but an address. Asking only enqueues a job: whether there
 * is an account is looked up afterwards, so that neither the answer nor its time can tell.
 */
@Injectable()
export class MailLinksService {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: MailTokensService,
    private readonly activations: ActivationLinksService,
    private readonly mails: AccountMails,
    private readonly limiter: RateLimiter,
  ) {}

  /** @param attempt of the job: one that is tried again counts once */
  async mail(
    { purpose, email }: JobPayload<'mail-link'>,
    attempt: Pick<JobAttempt, 'number'>,
  ): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (!user || user.isDemo) return;
    if (attempt.number === 1) {
      const { allowed } = await this.limiter.consume(LINKS_PER_ACCOUNT, `${user.id} ${purpose}`);
      if (!allowed) return;
    }
    if (purpose === 'password-reset') {
      if (user.isActive) await this.mailPasswordReset(user);
    } else if (!user.activatedAt) {
      await this.mailActivation(user);
    } else if (purpose === 'registration') {
      await this.mailAlreadyRegistered(user);
    }
  }

  private async mailActivation(user: User): Promise<void> {
    let link = await this.activations.issue(user.id);
    if (!link) {
      // The links of the registrations have expired; what the latest one chose is still known.
      await this.activations.expect(user.id, user);
      link = await this.activations.issue(user.id);
    }
    if (link) await this.mails.activation(user, link);
  }

  private async mailAlreadyRegistered(user: User): Promise<void> {
    await this.activations.forget(user.id);
    await this.mails.alreadyRegistered(user);
  }

  private async mailPasswordReset(user: User): Promise<void> {
    await this.mails.passwordReset(user, await this.tokens.issue(user.id, 'password-reset'));
  }
}
