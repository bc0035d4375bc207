import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { DomainError } from '../../common/domain-error.js';
import { AccountsConfig } from '../../config/config.js';
import { faultsInWords, passwordFaults, type PasswordOwner } from './password-rules.js';

/** Hashes passwords with Argon2id and knows which ones nobody should choose. */
@Injectable()
export class PasswordsService {
  /** A hash of a password nobody has, so that an unknown account costs as much as a known one. */
  private decoy: Promise<string> | undefined;

  constructor(private readonly config: AccountsConfig) {}

  /**
   * The hash of a password that somebody chooses.
   *
   * @param field of the request, for the error
   * @throws DomainError `auth.weak_password` that names every broken rule
   */
  async choose(password: string, owner: PasswordOwner, field: string): Promise<string> {
    const faults = passwordFaults(password, owner);
    if (faults.length > 0) {
      throw new DomainError(
        'auth.weak_password',
        faultsInWords(faults),
        faults.map((message) => ({ field, message })),
      );
    }
    return this.hash(password);
  }

  /** The password's Argon2id hash in PHC string format. */
  hash(password: string): Promise<string> {
    const { memoryKib, iterations, parallelism } = this.config.argon2;
    return hash(password, { memoryCost: memoryKib, timeCost: iterations, parallelism });
  }

  /** The hash of a password that nobody knows. */
  hashOfNone(): Promise<string> {
    return this.hash(randomBytes(32).toString('base64url'));
  }

  /** False for a wrong password and, after the same work, for an account that does not exist. */
  async matches(passwordHash: string | undefined, password: string): Promise<boolean> {
    const decoy = await this.decoyHash();
    const matches = await verify(passwordHash ?? decoy, password);
    return matches && passwordHash !== undefined;
  }

  private async decoyHash(): Promise<string> {
    try {
      this.decoy ??= this.hashOfNone();
      return await this.decoy;
    } catch (error) {
      // A hash that failed once, for want of memory, is to be tried again.
      this.decoy = undefined;
      throw error;
    }
  }

  /** True when a hash was made with less than the settings ask for today. */
  isOutdated(passwordHash: string): boolean {
    const { memoryKib, iterations, parallelism } = this.config.argon2;
    const parameter = (name: string) =>
      Number(new RegExp(`[$,]${name}=(\\d+)`).exec(passwordHash)?.[1] ?? 0);
    return (
      parameter('m') < memoryKib || parameter('t') < iterations || parameter('p') < parallelism
    );
  }
}
