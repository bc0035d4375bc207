import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { DomainError } from '../../common/domain-error.js';
import { JobQueue } from '../../ports/job-queue.js';
import { UsersService } from '../../users/users.service.js';
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
    private readonly jobs: JobQueue,
    private readonly audit: AuditService,
  ) {}

  /**
   * Does not tell whether the address was known; its owner is told by mail instead.
   *
   * @throws DomainError `auth.weak_password`; `user.exists` when the username is taken
   */
  async register({ email, username, password }: Registration): Promise<void> {
    const passwordHash = await this.passwords.choose(password, { email, username }, 'password');
    // Looked at first: a taken name has to be answered alike for known and unknown addresses.
    if (username) await this.refuseTaken(username);
    const user = await this.users.register({ email, username, passwordHash });
    await this.jobs.add('mail-link', { purpose: 'registration', email });
    await this.audit.record({
      action: 'account.registered',
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
