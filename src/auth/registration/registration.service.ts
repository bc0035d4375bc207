import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { UsersService } from '../../users/users.service.js';
import { ActivationLinksService } from '../mail-links/activation-links.service.js';
import { LinkRequests } from '../mail-links/link-requests.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';

interface Registration {
  email: string;
  username?: string | undefined;
  password: string;
}

/** The way in. */
@Injectable()
export class RegistrationService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly activations: ActivationLinksService,
    private readonly requests: LinkRequests,
    private readonly audit: AuditService,
  ) {}

  /**
   * Does not tell whether the address was known; its owner is told by mail instead. The username is
   * theirs once they activate the account, if nobody else was faster.
   *
   * @throws DomainError `auth.weak_password`; `user.exists` when the username is taken;
   *   TooManyRequestsError
   */
  async register(
    { email, username, password }: Registration,
    origin: RequestOrigin,
  ): Promise<void> {
    await this.requests.admit(origin.address);
    const passwordHash = await this.passwords.choose(password, { email, username }, 'password');
    // Looked at first: a taken name has to be answered alike for known and unknown addresses.
    if (username) await this.refuseTaken(username);
    const choice = { username: username ?? null, passwordHash };
    const user = await this.activations.register(email, choice);
    await this.requests.mail('registration', email);
    await this.audit.record({
      action: 'account.registered',
      by: { origin },
      subject: { type: 'user', id: user.id },
      details: { known: user.activatedAt !== null },
    });
  }

  private async refuseTaken(username: string): Promise<void> {
    if (!(await this.users.findByIdentifier(username))) return;
    throw new DomainError('user.exists', 'Somebody has this username already.', [
      { field: 'username', message: 'is taken' },
    ]);
  }
}
