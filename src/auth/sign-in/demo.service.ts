import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { networkOf } from '../../common/network-of.js';
import type { RequestOrigin } from '../../common/request-origin.js';
import { AccountsConfig } from '../../config/config.js';
import { RateLimiter } from '../../ports/rate-limiter.js';
import { UsersService } from '../../users/users.service.js';
import { PasswordsService } from '../passwords/passwords.service.js';
import { SignInService, type SignedIn } from './sign-in.service.js';

/** Throwaway guests who look around. */
@Injectable()
export class DemoService {
  constructor(
    private readonly users: UsersService,
    private readonly passwords: PasswordsService,
    private readonly signIn: SignInService,
    private readonly limiter: RateLimiter,
    private readonly config: AccountsConfig,
  ) {}

  /**
   * Signs in as a new guest, who is gone after logout or a day.
   *
   * @throws TooManyRequestsError when an address makes too many of them
   */
  async open(origin: RequestOrigin): Promise<SignedIn> {
    const limit = { name: 'demo-guests', points: this.config.demosPerHour, seconds: 3600 };
    await this.limiter.admit(limit, networkOf(origin.address), 'Too many demo guests.');
    const label = randomUUID().slice(0, 8);
    const user = await this.users.create({
      email: `demo-${label}@demo.invalid`,
      username: `demo-${label}`,
      name: `Guest ${label}`,
      passwordHash: await this.passwords.hashOfNone(),
      isActive: true,
      isDemo: true,
    });
    return this.signIn.open(user, { rememberMe: false, method: 'demo' }, origin);
  }
}
