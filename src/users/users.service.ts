import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import type { UserRole } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { User } from './user.entity.js';

export interface NewUser {
  email: string;
  username?: string | undefined;
  name?: string;
  language?: string;
  passwordHash: string;
  role?: UserRole;
  isActive?: boolean;
  isDemo?: boolean;
}

@Injectable()
export class UsersService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  async findById(id: string): Promise<User | null> {
    return this.users.findOneBy({ id });
  }

  /** Finds by e-mail address, whatever its case. */
  async findByEmail(email: string): Promise<User | null> {
    return this.users.findOneBy({ email: normalizeEmail(email) });
  }

  /** Finds by e-mail address or username, whatever their case. */
  async findByIdentifier(identifier: string): Promise<User | null> {
    if (identifier.includes('@')) return this.findByEmail(identifier);
    return this.users
      .createQueryBuilder('user')
      .where('lower(user.username) = lower(:identifier)', { identifier })
      .getOne();
  }

  /** @throws DomainError `user.exists` when the address or the name is taken */
  async create(user: NewUser): Promise<User> {
    try {
      return await this.users.save(
        this.users.create({
          ...user,
          email: normalizeEmail(user.email),
          username: user.username ?? null,
        }),
      );
    } catch (error) {
      if (isUniqueViolation(error)) {
        throw new DomainError('user.exists', 'The address or username is taken.');
      }
      throw error;
    }
  }

  async activate(id: string): Promise<void> {
    await this.users.update(id, { isActive: true });
  }

  /** What the latest registration of an account says counts, until it is activated. */
  async registerAgain(
    id: string,
    { username, passwordHash }: Pick<NewUser, 'username' | 'passwordHash'>,
  ): Promise<void> {
    await this.users.update(id, { passwordHash, ...(username ? { username } : {}) });
  }

  async setPasswordHash(id: string, passwordHash: string): Promise<void> {
    await this.users.update(id, { passwordHash });
  }

  async recordLogin(id: string): Promise<void> {
    await this.users.update(id, { lastLoginAt: new Date() });
  }

  async findFirstSuperuser(): Promise<User | null> {
    return this.users.findOne({ where: { role: 'superuser' }, order: { createdAt: 'ASC' } });
  }

  async delete(id: string): Promise<void> {
    await this.users.delete(id);
  }
}

/** Addresses are kept and compared in lower case. */
function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}

function isUniqueViolation(error: unknown): boolean {
  return (error as { driverError?: { code?: unknown } }).driverError?.code === '23505';
}
