import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import {
  IsNull,
  LessThan,
  MoreThan,
  Not,
  Repository,
  type EntityManager,
  type FindOptionsWhere,
} from 'typeorm';
import { DomainError } from '../common/domain-error.js';
import { holdWithSuperusers } from './superusers.js';
import { User } from './user.entity.js';

/** Whose accounts are to go. Each list is read in the order of ids, from behind `afterId` on. */
@Injectable()
export class UserDepartures {
  constructor(@InjectRepository(User) private readonly users: Repository<User>) {}

  /**
   * Notes that the owner wants the account to be deleted.
   *
   * @param follow does in the same transaction what follows from that
   * @throws DomainError `user.last_superuser` when no other superuser would stay
   */
  async request<T>(
    id: string,
    requestedAt: Date,
    follow: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    return this.users.manager.transaction(async (manager) => {
      const { user, anotherStays } = await holdWithSuperusers(manager, id);
      const stayed = user?.role === 'superuser' && user.deletionRequestedAt === null;
      if (stayed && !anotherStays) {
        throw new DomainError('user.last_superuser', 'Make somebody else a superuser first.');
      }
      await manager.update(User, id, { deletionRequestedAt: requestedAt });
      return follow(manager);
    });
  }

  async dueBefore(moment: Date, afterId: string | undefined, limit: number): Promise<string[]> {
    return this.ids({ deletionRequestedAt: LessThan(moment) }, afterId, limit);
  }

  async demoGuestsBefore(
    moment: Date,
    afterId: string | undefined,
    limit: number,
  ): Promise<string[]> {
    return this.ids({ isDemo: true, createdAt: LessThan(moment) }, afterId, limit);
  }

  /** Registered and never activated. */
  async unconfirmedBefore(
    moment: Date,
    afterId: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const waiting = { activatedAt: IsNull(), isActive: false, createdAt: LessThan(moment) };
    return this.ids(waiting, afterId, limit);
  }

  /** Lets nobody sign in any more. False when the owner has come back since the account was due. */
  async close(id: string, requestedBefore: Date): Promise<boolean> {
    const due = { id, deletionRequestedAt: LessThan(requestedBefore) };
    const { affected } = await this.users.update(due, { isActive: false });
    return affected === 1;
  }

  private async ids(
    where: FindOptionsWhere<User>,
    afterId: string | undefined,
    limit: number,
  ): Promise<string[]> {
    const users = await this.users.find({
      select: { id: true },
      where: { ...where, id: afterId === undefined ? Not(IsNull()) : MoreThan(afterId) },
      order: { id: 'ASC' },
      take: limit,
    });
    return users.map(({ id }) => id);
  }
}
