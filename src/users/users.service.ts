import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, ILike, Repository, type EntityManager } from 'typeorm';
import type { UserRole } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { withNameIfFree } from './arrivals.service.js';
import { normalizeIdentifier } from './identifiers.js';
import { holdWithSuperusers } from './superusers.js';
import { orTaken } from './taken.js';
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

/** What may change about a user. */
export type UserChanges = Partial<
  Pick<User, 'email' | 'username' | 'name' | 'language' | 'avatarKey' | 'role' | 'isActive'>
>;

/** Which users a list shows; what is not given does not matter. */
export interface UserFilter {
  /** Part of the address, the username or the name. */
  search?: string | undefined;
  role?: UserRole | undefined;
  isActive?: boolean | undefined;
  isDemo?: boolean | undefined;
}

/** What a person may do here, and whether they may do anything. */
export type Standing = Pick<User, 'role' | 'isActive'>;

/** A user as they were, and as they are now. */
export interface StandingChange {
  before: Readonly<User>;
  after: Readonly<User>;
}

@Injectable()
export class UsersService {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  async findById(id: string): Promise<User | null> {
    return this.users.findOneBy({ id });
  }

  /** Finds by e-mail address, whatever its case. */
  async findByEmail(email: string): Promise<User | null> {
    return this.users.findOneBy({ email: normalizeIdentifier(email) });
  }

  /**
   * Finds by e-mail address or username, whatever their case. Only activated accounts have a name.
   */
  async findByIdentifier(identifier: string): Promise<User | null> {
    if (identifier.includes('@')) return this.findByEmail(identifier);
    return (
      this.users
        .createQueryBuilder('user')
        // Σ and İ become other letters in JavaScript than in the index.
        .where('lower(user.username) = lower(:name)', { name: identifier.trim() })
        .andWhere('user.activatedAt IS NOT NULL')
        .getOne()
    );
  }

  /** In no order. */
  async findByIds(ids: readonly string[]): Promise<User[]> {
    return this.users.findBy({ id: Any(ids) });
  }

  /** One page of users, the newest first, and how many there are in all. */
  async page(filter: UserFilter, page: number, pageSize: number): Promise<[User[], number]> {
    return this.users.findAndCount({
      where: conditionsOf(filter),
      order: { createdAt: 'DESC', id: 'DESC' },
      skip: (page - 1) * pageSize,
      take: pageSize,
    });
  }

  /** @throws DomainError `user.exists` when the address or the name is taken */
  async create(user: NewUser): Promise<User> {
    return orTaken(
      this.users.save(
        this.users.create({
          ...user,
          email: normalizeIdentifier(user.email),
          username: user.username ?? null,
          activatedAt: user.isActive ? new Date() : null,
        }),
      ),
    );
  }

  /** @throws DomainError `user.exists` when the address or the name is taken */
  async update(
    id: string,
    { email, ...others }: UserChanges,
    manager = this.users.manager,
  ): Promise<void> {
    const changes = { ...others, ...(email ? { email: normalizeIdentifier(email) } : {}) };
    await orTaken(manager.update(User, id, changes));
  }

  /**
   * Runs `work` in one transaction that holds the user's row, so that whatever else changes the
   * account comes before or after all of it. Inside, every query has to go through `manager`.
   *
   * @param work is handed the user as they are now; null when there is none
   */
  async holding<T>(
    id: string,
    work: (manager: EntityManager, user: User | null) => Promise<T>,
  ): Promise<T> {
    return this.users.manager.transaction(async (manager) => {
      const lock = { mode: 'for_no_key_update' } as const;
      return work(manager, await manager.findOne(User, { where: { id }, lock }));
    });
  }

  /** Sets a password; failed sign-ins are counted from zero. */
  async setPassword(id: string, passwordHash: string, manager: EntityManager): Promise<void> {
    await manager.update(User, id, { passwordHash, unlockCount: () => 'unlock_count + 1' });
  }

  /** Hashes the same password anew. False when the account has another one by now. */
  async rehash({ id, passwordHash }: User, newHash: string): Promise<boolean> {
    const { affected } = await this.users.update({ id, passwordHash }, { passwordHash: newHash });
    return affected === 1;
  }

  /**
   * Changes what somebody may do, in such a way that an active superuser always stays, whatever
   * happens at the same moment. Whoever's activity is decided on waits for no activation any more.
   *
   * @param decide is handed the user as they are, and says how they are to be; what is not given
   *   stays. It may throw
   * @param follow does in the same transaction what follows from the change
   * @throws DomainError `user.not_found`, `user.last_superuser`
   */
  async changeStanding(
    id: string,
    decide: (user: User) => Partial<Standing>,
    follow: (change: StandingChange, manager: EntityManager) => Promise<void>,
  ): Promise<User> {
    return this.users.manager.transaction(async (manager) => {
      const { user, anotherStays } = await holdWithSuperusers(manager, id);
      if (!user) throw new DomainError('user.not_found', 'No user has this id.');
      const decision = decide(user);
      const { role = user.role, isActive = user.isActive } = decision;
      const goes = isActiveSuperuser(user) && !isActiveSuperuser({ role, isActive });
      if (goes && !anotherStays) {
        throw new DomainError('user.last_superuser', 'Make somebody else a superuser first.');
      }
      const decided = decision.isActive === undefined ? null : new Date();
      const activatedAt = user.activatedAt ?? decided;
      const after = await withNameIfFree(manager, user.username, async (inner, username) => {
        const changes = { role, isActive, activatedAt, username };
        await inner.update(User, id, changes);
        return this.users.merge(this.users.create(), user, changes);
      });
      await follow({ before: user, after }, manager);
      return after;
    });
  }

  /** Shows another picture, or none. Returns the key of the one before. */
  async replaceAvatar(id: string, key: string | null): Promise<string | null> {
    return this.users.manager.transaction(async (manager) => {
      // The lock hands each of several replacements at once the one before it.
      const user = await manager.findOneOrFail(User, {
        where: { id },
        lock: { mode: 'for_no_key_update' },
      });
      await manager.update(User, id, { avatarKey: key });
      return user.avatarKey;
    });
  }

  /** Lets failed sign-ins of an account be counted from zero. */
  async forgetFailures(id: string): Promise<void> {
    await this.users.increment({ id }, 'unlockCount', 1);
  }

  /** Notes a sign-in, which takes back the wish to have the account deleted. */
  async recordLogin(id: string, manager: EntityManager): Promise<void> {
    await manager.update(User, id, { lastLoginAt: new Date(), deletionRequestedAt: null });
  }

  async findFirstSuperuser(): Promise<User | null> {
    return this.users.findOne({ where: { role: 'superuser' }, order: { createdAt: 'ASC' } });
  }

  /** False when there is no such user any more. */
  async delete(id: string, manager = this.users.manager): Promise<boolean> {
    const { affected } = await manager.delete(User, id);
    return affected === 1;
  }
}

function conditionsOf({ search, ...exact }: UserFilter) {
  const given = Object.fromEntries(
    Object.entries(exact).filter(([, value]) => value !== undefined),
  );
  if (search === undefined) return given;
  const part = ILike(`%${search.replace(/[\\%_]/g, '\\$&')}%`);
  return [
    { ...given, email: part },
    { ...given, username: part },
    { ...given, name: part },
  ];
}

function isActiveSuperuser({ role, isActive }: Standing): boolean {
  return role === 'superuser' && isActive;
}
