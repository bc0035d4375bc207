import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { JobQueue } from '../../ports/job-queue.js';
import { UsersService } from '../../users/users.service.js';
import { MailTokensService } from '../mail-links/mail-tokens.service.js';
import { NewPasswordService } from './new-password.service.js';
import { PasswordsService } from './passwords.service.js';

/** How people get a new password: by a mailed link when it is forgotten, or by the old one. */
@Injectable()
export class OwnPasswordService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly newPassword: NewPasswordService,
    private readonly tokens: MailTokensService,
    private readonly jobs: JobQueue,
  ) {}

  /** Mails a link in a moment, if the address has an account. */
  async forgot(email: string): Promise<void> {
    await this.jobs.add('mail-link', { purpose: 'password-reset', email });
  }

  /**
   * Sets the password of whoever has the mailed link, and ends every session.
   *
   * @throws DomainError `auth.invalid_link`; `auth.weak_password`, after which the link is still good
   */
  async reset(userId: string, token: string, password: string): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user || !(await this.tokens.isValid(userId, 'password-reset', token))) throw invalidLink();
    const passwordHash = await this.passwords.choose(password, user, 'new_password');
    if (!(await this.tokens.redeem(userId, 'password-reset', token))) throw invalidLink();
    await this.newPassword.set(user, { passwordHash, action: 'password.reset', actorId: userId });
  }

  /**
   * Sets the password of somebody whose old one was just checked, and ends their other sessions.
   *
   * @throws DomainError `auth.weak_password`
   */
  async change(viewer: Viewer, password: string): Promise<void> {
    const user = await this.users.findById(viewer.id);
    if (!user) throw new DomainError('auth.session_revoked', 'Please sign in again.');
    const passwordHash = await this.passwords.choose(password, user, 'new_password');
    await this.newPassword.set(user, {
      passwordHash,
      action: 'password.changed',
      actorId: user.id,
      keepSessionId: viewer.sessionId,
    });
  }
}

function invalidLink(): DomainError {
  return new DomainError('auth.invalid_link', 'The reset link is wrong, used or expired.');
}
