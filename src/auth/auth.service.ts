import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { JobQueue } from '../ports/job-queue.js';
import type { Mail } from '../ports/mailer.js';
import type { User } from '../users/user.entity.js';
import { UsersService, type NewUser } from '../users/users.service.js';
import { AppLinks } from './app-links.js';
import { MailTokensService } from './mail-tokens.service.js';
import { activationMail, alreadyRegisteredMail } from './mails.js';
import { newOpaqueToken } from './opaque-token.js';
import { hashPassword, verifyPassword } from './passwords.js';
import { SessionsService, type Device, type SessionTokens } from './sessions.service.js';

interface Registration {
  email: string;
  username?: string | undefined;
  password: string;
}

interface Credentials {
  identifier: string;
  password: string;
  rememberMe: boolean;
}

/** A user and the tokens of the session just opened for them. */
export interface SignedIn {
  user: User;
  tokens: SessionTokens;
}

@Injectable()
export class AuthService {
  constructor(
    private readonly users: UsersService,
    private readonly sessions: SessionsService,
    private readonly mailTokens: MailTokensService,
    private readonly jobs: JobQueue,
    private readonly links: AppLinks,
  ) {}

  /**
   * Does not tell whether the address was known; its owner is told by mail instead.
   *
   * @throws DomainError `user.exists` when the username is taken
   */
  async register({ email, username, password }: Registration): Promise<void> {
    // Looked at first: a taken name has to be answered alike for known and unknown addresses.
    if (username) await this.refuseTaken(username);
    const passwordHash = await hashPassword(password);
    const known = await this.users.findByEmail(email);
    if (known?.isActive) {
      await this.send(alreadyRegisteredMail(known.email, this.links.login()));
      return;
    }
    if (known) await this.users.registerAgain(known.id, { username, passwordHash });
    const user = known ?? (await this.createOrFind({ email, username, passwordHash }));
    await this.sendActivation(user);
  }

  async resendActivation(email: string): Promise<void> {
    const user = await this.users.findByEmail(email);
    if (user && !user.isActive) await this.sendActivation(user);
  }

  /** @throws DomainError `auth.invalid_link` */
  async activate(userId: string, token: string): Promise<void> {
    if (!(await this.mailTokens.redeem(userId, 'activation', token))) {
      throw new DomainError('auth.invalid_link', 'The activation link is wrong, used or expired.');
    }
    await this.users.activate(userId);
  }

  /** @throws DomainError `auth.invalid_credentials`, `auth.not_activated` */
  async login(
    { identifier, password, rememberMe }: Credentials,
    device: Device,
  ): Promise<SignedIn> {
    const user = await this.users.findByIdentifier(identifier);
    const matches = await verifyPassword(user?.passwordHash, password);
    if (!user || !matches) {
      throw new DomainError('auth.invalid_credentials', 'E-mail, username or password is wrong.');
    }
    if (!user.isActive) {
      throw new DomainError('auth.not_activated', 'Open the activation link in your mail first.');
    }
    await this.users.recordLogin(user.id);
    return { user, tokens: await this.sessions.open(user.id, rememberMe, device) };
  }

  /** Signs in as a throwaway viewer who is gone after logout. */
  async demo(device: Device): Promise<SignedIn> {
    const label = randomUUID().slice(0, 8);
    const user = await this.users.create({
      email: `demo-${label}@demo.invalid`,
      username: `demo-${label}`,
      name: 'Demo guest',
      passwordHash: await hashPassword(newOpaqueToken()),
      isActive: true,
      isDemo: true,
    });
    return { user, tokens: await this.sessions.open(user.id, false, device) };
  }

  /** @throws DomainError `auth.invalid_token`, `auth.session_revoked` */
  async refresh(refreshToken: string): Promise<SignedIn> {
    const tokens = await this.sessions.refresh(refreshToken);
    return { user: await this.userOf(tokens.userId), tokens };
  }

  async logout(sessionId: string, userId: string): Promise<void> {
    await this.sessions.revoke(sessionId);
    const user = await this.users.findById(userId);
    if (user?.isDemo) await this.users.delete(user.id);
  }

  /** @throws DomainError `auth.session_revoked` when the account is gone */
  async userOf(id: string): Promise<User> {
    const user = await this.users.findById(id);
    if (!user) throw new DomainError('auth.session_revoked', 'The account no longer exists.');
    return user;
  }

  private async refuseTaken(username: string): Promise<void> {
    if (!(await this.users.findByIdentifier(username))) return;
    throw new DomainError('user.exists', 'Somebody has this username already.', [
      { field: 'username', message: 'is taken' },
    ]);
  }

  /** Of two registrations of one address at the same moment, one finds what the other has made. */
  private async createOrFind(user: NewUser): Promise<User> {
    try {
      return await this.users.create(user);
    } catch (error) {
      const other = await this.users.findByEmail(user.email);
      if (!other) throw error;
      return other;
    }
  }

  private async sendActivation(user: User): Promise<void> {
    const token = await this.mailTokens.issue(user.id, 'activation');
    await this.send(activationMail(user.email, this.links.activation(user.id, token)));
  }

  private async send(mail: Mail): Promise<void> {
    await this.jobs.add('send-mail', mail);
  }
}
