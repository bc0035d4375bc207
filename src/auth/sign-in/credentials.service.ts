import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import type { ErrorCode } from '../../common/error-codes.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { normalizeIdentifier } from '../../users/identifiers.js';
import type { User } from '../../users/user.entity.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { SecondFactorService } from '../second-factor/second-factor.service.js';
import { FailedProofs } from './failed-proofs.js';
import { SignInThrottle } from './sign-in-throttle.js';

export interface Credentials {
  /** E-mail address or username. */
  identifier: string;
  password: string;
  /** Of the authenticator, or a recovery code. */
  code: string | undefined;
}

/** What a route answers with that has the password confirmed. */
export const CONFIRMATION_ERRORS = [
  'auth.wrong_password',
  'auth.locked',
  'request.too_many',
] as const satisfies readonly ErrorCode[];

/** Checks what people bring to show who they are; every failure is counted and recorded. */
@Injectable()
export class CredentialsService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly secondFactor: SecondFactorService,
    private readonly throttle: SignInThrottle,
    private readonly failures: FailedProofs,
  ) {}

  /**
   * An account that waits for its activation is answered like one that does not exist: who
   * registers an address must not find out whether it was known.
   *
   * @throws DomainError `auth.invalid_credentials`, `auth.deactivated`,
   *   `auth.second_factor_required`, `auth.second_factor_invalid`; TooManyRequestsError
   */
  async verify(credentials: Credentials, origin: RequestOrigin): Promise<User> {
    await this.throttle.admit(origin.address);
    const { identifier, password, code } = credentials;
    const found = await this.users.findByIdentifier(identifier);
    const user = found?.activatedAt ? found : null;
    return this.failures.recording('sign_in.failed', user?.id, origin, () =>
      this.guarded(user, normalizeIdentifier(identifier), origin, async () => {
        const matches = await this.passwords.matches(user?.passwordHash, password);
        if (!user || !matches) throw invalidCredentials();
        demandActive(user);
        await this.secondFactor.demand(user.id, code, origin);
        return this.passwords.isOutdated(user.passwordHash) ? this.rehash(user, password) : user;
      }),
    );
  }

  /**
   * Makes sure that it is the owner who asks for something that matters.
   *
   * @throws DomainError `auth.wrong_password`; TooManyRequestsError
   */
  async confirm(viewer: Pick<Viewer, 'id' | 'origin'>, password: string): Promise<User> {
    return this.guard(viewer, async (user) => {
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
  async guard<T>(
    { id, origin }: Pick<Viewer, 'id' | 'origin'>,
    check: (user: User | null) => Promise<T>,
  ): Promise<T> {
    await this.throttle.admit(origin.address);
    const user = await this.users.findById(id);
    return this.failures.recording('confirmation.failed', id, origin, () =>
      this.guarded(user, id, origin, () => check(user)),
    );
  }

  private async guarded<T>(
    user: User | null,
    identifier: string,
    origin: RequestOrigin,
    check: () => Promise<T>,
  ): Promise<T> {
    const account = user ? `${user.id} ${user.unlockCount}` : identifier;
    return this.throttle.guard({ account, userId: user?.id, origin }, check);
  }

  private async rehash(user: User, password: string): Promise<User> {
    const passwordHash = await this.passwords.hash(password);
    if (await this.users.rehash(user, passwordHash)) return Object.assign(user, { passwordHash });
    // Another sign-in was faster, or the password is another one by now.
    const current = await this.users.findById(user.id);
    const matches = await this.passwords.matches(current?.passwordHash, password);
    if (!current || !matches) throw invalidCredentials();
    return current;
  }
}

/** @throws DomainError `auth.deactivated` */
export function demandActive({ isActive }: User): void {
  if (!isActive) throw new DomainError('auth.deactivated', 'Staff have switched it off.');
}

/**
 * Asks again, in the transaction of what the password was shown for, whether it is still the one.
 *
 * @throws DomainError `auth.wrong_password`
 */
export function demandSamePassword(shown: User, current: User | null): void {
  if (current?.passwordHash === shown.passwordHash) return;
  throw new DomainError('auth.wrong_password', 'Your password has been replaced meanwhile.');
}

function invalidCredentials(): DomainError {
  return new DomainError(
    'auth.invalid_credentials',
    'E-mail, username or password is wrong, or the account is not active yet: a new one has to be activated by the link in its mail.',
  );
}
