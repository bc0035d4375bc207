import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { JobQueue } from '../ports/job-queue.js';
import { UsersService } from '../users/users.service.js';
import { AppLinks } from './app-links.js';
import { MailTokensService } from './mail-tokens.service.js';
import { passwordResetMail } from './mails.js';
import { hashPassword } from './passwords.js';
import { SessionsService } from './sessions.service.js';

/** The way back in for people who forgot their password. */
@Injectable()
export class PasswordResetService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly mailTokens: MailTokensService,
    private readonly jobs: JobQueue,
    private readonly links: AppLinks,
  ) {}

  /** Mails a link to an active account; does not tell whether there is one. */
  async request(email: string): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (!user?.isActive || user.isDemo) return;
    const token = await this.mailTokens.issue(user.id, 'password-reset');
    const url = this.links.passwordReset(user.id, token);
    await this.jobs.add('send-mail', passwordResetMail(user.email, url));
  }

  /**
   * Sets a new password and ends every session.
   *
   * @throws DomainError `auth.invalid_link`
   */
  async reset(userId: string, token: string, newPassword: string): Promise<void> {
    const passwordHash = await hashPassword(newPassword);
    if (!(await this.mailTokens.redeem(userId, 'password-reset', token))) {
      throw new DomainError('auth.invalid_link', 'The reset link is wrong, used or expired.');
    }
    await this.users.setPasswordHash(userId, passwordHash);
    await this.sessions.revokeAll(userId);
  }
}
