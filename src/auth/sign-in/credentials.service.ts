import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { SecondFactorService } from '../second-factor/second-factor.service.js';
import { SignInThrottle } from './sign-in-throttle.js';

export interface Credentials {
  /** E-mail address or username. */
  identifier: string;
  password: string;
  /** Of the authenticator, or a recovery code. */
  code: string | undefined;
}

/** Checks what people bring to show who they are; every failure is counted and recorded. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly secondFactor: SecondFactorService,
    private readonly throttle: SignInThrottle,
    private readonly audit: AuditService,
  ) {}

  /**
   * @throws DomainError `auth.invalid_credentials`, `auth.not_activated`, `auth.deactivated`,
   *   `auth.second_factor_required`, `auth.second_factor_invalid`; TooManyRequestsError
   */
  async verify(credentials: Credentials, address: string): Promise<User> {
    await this.throttle.admit(address);
    const { identifier, password, code } = credentials;
    const user = await this.users.findByIdentifier(identifier);
    return this.guarded(user, identifier, address, async () => {
      const matches = await this.passwords.matches(user?.passwordHash, password);
      if (!user || !matches) {
        throw new DomainError('auth.invalid_credentials', 'E-mail, username or password is wrong.');
      }
      demandActive(user);
      await this.secondFactor.demand(user.id, code);
      if (this.passwords.isOutdated(user.passwordHash)) await this.rehash(user, password);
      return user;
    });
  }

  /**
   * Makes sure that it is the owner who asks for something that matters.
   *
   * @throws DomainError `auth.wrong_password`; TooManyRequestsError
   */
  async confirm({ id }: Pick<Viewer, 'id'>, password: string, address: string): Promise<User> {
    const user = await this.users.findById(id);
    return this.guarded(user, id, address, async () => {
      const matches = await this.passwords.matches(user?.passwordHash, password);
      if (user && matches) return user;
      throw new DomainError('auth.wrong_password', 'This is not your password.', [
        { field: 'password', message: 'is wrong' },
      ]);
    });
  }

  /**
   * Runs another check of something that its owner knows; failures count as wrong passwords do.
   *
   * @throws TooManyRequestsError, and whatever `check` throws
   */
  async guard<T>({ id }: Pick<Viewer, 'id'>, address: string, check: () => Promise<T>): Promise<T> {
    return this.guarded(await this.users.findById(id), id, address, check);
  }

  private async guarded<T>(
    user: User | null,
    identifier: string,
    address: string,
    check: () => Promise<T>,
  ): Promise<T> {
    const account = user ? `${user.id} ${user.unlockCount}` : identifier.toLowerCase();
    try {
      return await this.throttle.guard({ account, userId: user?.id, address }, check);
    } catch (error) {
      if (error instanceof DomainError) await this.recordFailure(user, error);
      throw error;
    }
  }

  private async recordFailure(user: User | null, { code }: DomainError): Promise<void> {
    if (code === 'auth.second_factor_required') return;
    await this.audit.record({
      action: 'sign_in.failed',
      subject: user ? { type: 'user', id: user.id } : undefined,
      details: { reason: code },
    });
  }

  private async rehash(user: User, password: string): Promise<void> {
    await this.users.update(user.id, { passwordHash: await this.passwords.hash(password) });
  }
}

/** @throws DomainError `auth.not_activated`, `auth.deactivated` */
export function demandActive({ isActive, activatedAt }: User): void {
  if (isActive) return;
  if (activatedAt) throw new DomainError('auth.deactivated', 'Staff have switched it off.');
  throw new DomainError('auth.not_activated', 'Open the activation link in your mail first.');
}
