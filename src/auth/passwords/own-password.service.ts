import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { LinkRequests } from '../mail-links/link-requests.service.js';
import { MailTokensService } from '../mail-links/mail-tokens.service.js';
import { demandSamePassword } from '../sign-in/credentials.service.js';
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
    private readonly requests: LinkRequests,
  ) {}

  /**
   * Mails a link in a moment, if there is an account.
   *
   * @param address where from
   * @throws TooManyRequestsError
   */
  async forgot(email: string, address: string): Promise<void> {
    await this.requests.admit(address);
    await this.requests.mail('password-reset', email);
  }

  /**
   * Sets the password of whoever has the mailed link, and ends every session.
   *
   * @throws DomainError `auth.invalid_link`; `auth.weak_password`, after which the link is still good
   */
  async reset(
    userId: string,
    token: string,
    password: string,
    origin: RequestOrigin,
  ): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user || !(await this.tokens.isValid(userId, 'password-reset', token))) throw invalidLink();
    const passwordHash = await this.passwords.choose(password, user, 'new_password');
    const by = { id: userId, origin };
    const change = { passwordHash, action: 'password.reset', by } as const;
    await this.newPassword.set(user, change, async (manager) => {
      const link = await this.tokens.redeem(userId, 'password-reset', token, manager);
      if (!link) throw invalidLink();
    });
  }

  /**
   * Sets the password of somebody whose old one was just checked, and ends their other sessions.
   *
   * @param user as they were when it was checked
   * @throws DomainError `auth.weak_password`; `auth.wrong_password` when the old one has been
   *   replaced since
   */
  async change(
    user: User,
    viewer: Pick<Viewer, 'id' | 'origin' | 'sessionId'>,
    password: string,
  ): Promise<void> {
    const passwordHash = await this.passwords.choose(password, user, 'new_password');
    const change = {
      passwordHash,
      action: 'password.changed',
      by: viewer,
      keepSessionId: viewer.sessionId,
    } as const;
    await this.newPassword.set(user, change, (_, current) => demandSamePassword(user, current));
  }
}

function invalidLink(): DomainError {
  return new DomainError('auth.invalid_link', 'The reset link is wrong, used or expired.');
}
