import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, ILike, IsNull, Repository } from 'typeorm';
import type { UserRole } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { User } from './user.entity.js';

const UNIQUE_VIOLATION = '23505';

interface PostgresFailure {
  driverError: { code?: string; constraint?: string };
}

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
  Pick<
    User,
    | 'email'
    | 'username'
    | 'name'
    | 'language'
    | 'avatarKey'
    | 'passwordHash'
    | 'role'
    | 'isActive'
    | 'deletionRequestedAt'
  >
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
    return this.orTaken(
      this.users.save(
        this.users.create({
          ...user,
          email: normalizeEmail(user.email),
          username: user.username ?? null,
          activatedAt: user.isActive ? new Date() : null,
        }),
      ),
    );
  }

  /**
   * Adds an account that waits for activation. Until then the latest registration of an address
   * counts; an account that was activated stays as it is. One statement in every case, so that its
   * time does not tell which case it was.
   *
   * @throws DomainError `user.exists` when the name is taken
   */
  async register({
    email,
    username,
    passwordHash,
  }: Pick<NewUser, 'email' | 'username' | 'passwordHash'>): Promise<User> {
    const [row] = await this.orTaken(
      this.users.query<{ id: string }[]>(
        `INSERT INTO users AS known (email, username, password_hash) VALUES ($1, $2, $3)
         ON CONFLICT (lower(email)) DO UPDATE SET
           password_hash = CASE WHEN known.activated_at IS NULL
             THEN excluded.password_hash ELSE known.password_hash END,
           username = CASE WHEN known.activated_at IS NULL
             THEN coalesce(excluded.username, known.username) ELSE known.username END
         RETURNING id`,
        [normalizeEmail(email), username ?? null, passwordHash],
      ),
    );
    return this.users.findOneByOrFail({ id: row?.id ?? '' });
  }

  async activate(id: string): Promise<void> {
    await this.users.update(id, { isActive: true, activatedAt: new Date() });
  }

  /** @throws DomainError `user.exists` when the address or the name is taken */
  async update(id: string, changes: UserChanges): Promise<void> {
    const { email, ...others } = changes;
    await this.orTaken(
      this.users.update(id, { ...others, ...(email ? { email: normalizeEmail(email) } : {}) }),
    );
  }

  /**
   * Changes what somebody may do, in such a way that an active superuser always stays, whatever
   * happens at the same moment. Who is made active counts as activated.
   *
   * @param decide is handed the user as they are, and says how they are to be; it may throw
   * @returns the user as they are now, and how they stood before
   * @throws DomainError `user.not_found`, `user.last_superuser`
   */
  async changeStanding(
    id: string,
    decide: (user: User) => Standing,
  ): Promise<{ user: User; before: Standing }> {
    return this.users.manager.transaction(async (manager) => {
      // One such change at a time: whoever comes second sees the superusers that are left.
      const superusers = await manager.find(User, {
        where: { role: 'superuser', isActive: true, deletionRequestedAt: IsNull() },
        order: { id: 'ASC' },
        lock: { mode: 'for_no_key_update' },
      });
      const user = await manager.findOne(User, {
        where: { id },
        lock: { mode: 'for_no_key_update' },
      });
      if (!user) throw new DomainError('user.not_found', 'No user has this id.');
      const { role, isActive } = decide(user);
      const before = { role: user.role, isActive: user.isActive };
      const goes = isActiveSuperuser(before) && !isActiveSuperuser({ role, isActive });
      if (goes && !superusers.some((other) => other.id !== id)) {
        throw new DomainError('user.last_superuser', 'Make somebody else a superuser first.');
      }
      const activatedAt = isActive ? (user.activatedAt ?? new Date()) : user.activatedAt;
      await manager.update(User, id, { role, isActive, activatedAt });
      return { user: Object.assign(user, { role, isActive, activatedAt }), before };
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

  async recordLogin(id: string): Promise<void> {
    await this.users.update(id, { lastLoginAt: new Date() });
  }

  async findFirstSuperuser(): Promise<User | null> {
    return this.users.findOne({ where: { role: 'superuser' }, order: { createdAt: 'ASC' } });
  }

  /** False when there is no such user any more. */
  async delete(id: string): Promise<boolean> {
    const { affected } = await this.users.delete(id);
    return affected === 1;
  }

  private async orTaken<T>(change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (error) {
      const { code, constraint } = (error as Partial<PostgresFailure>).driverError ?? {};
      if (code !== UNIQUE_VIOLATION) throw error;
      throw taken(constraint);
    }
  }
}

function taken(constraint: string | undefined): DomainError {
  const [field, detail] =
    constraint === 'users_email_key'
      ? ['email', 'Somebody has this address already.']
      : ['username', 'Somebody has this username already.'];
  return new DomainError('user.exists', detail, [{ field, message: 'is taken' }]);
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

/** Addresses are kept and compared in lower case. */
function normalizeEmail(email: string): string {
  return email.trim().toLowerCase();
}
