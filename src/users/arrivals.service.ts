import { Injectable } from '@nestjs/common';
import { IsNull, type EntityManager } from 'typeorm';
import { normalizeIdentifier } from './identifiers.js';
import { isNameTaken } from './taken.js';
import { User } from './user.entity.js';

/** What somebody who registers chooses. */
export interface Choice {
  username: string | null;
  passwordHash: string;
}

/** Accounts that wait for their activation: no name is theirs yet, and nobody signs in to them. */
@Injectable()
export class UserArrivals {
  /**
   * Adds an account that waits; one that is known waits with the latest choice, or stays as it is
   * when it was activated. One statement in every case, so that its time does not tell which case
   * it was.
   */
  async register(
    email: string,
    { username, passwordHash }: Choice,
    manager: EntityManager,
  ): Promise<Pick<User, 'id' | 'activatedAt'>> {
    const rows = await manager.query<{ id: string; activated_at: Date | null }[]>(
      `INSERT INTO users AS known (email, username, password_hash) VALUES ($1, $2, $3)
       ON CONFLICT (lower(email)) DO UPDATE SET
         password_hash = CASE WHEN known.activated_at IS NULL
           THEN excluded.password_hash ELSE known.password_hash END,
         username = CASE WHEN known.activated_at IS NULL
           THEN excluded.username ELSE known.username END
       RETURNING id, activated_at`,
      [normalizeIdentifier(email), username, passwordHash],
    );
    const { id = '', activated_at: activatedAt = null } = rows[0] ?? {};
    return { id, activatedAt };
  }

  /** Opens an account that waits, with what its owner chose. False when it does not wait any more. */
  async activate(
    id: string,
    { username, passwordHash }: Choice,
    manager: EntityManager,
  ): Promise<boolean> {
    return withNameIfFree(manager, username, async (inner, name) => {
      const { affected } = await inner.update(
        User,
        { id, activatedAt: IsNull() },
        { isActive: true, activatedAt: new Date(), passwordHash, username: name },
      );
      return affected === 1;
    });
  }

  /** Forgets who waits with an address that turned out to be somebody else's. Returns their id. */
  async forget(email: string, manager: EntityManager): Promise<string | undefined> {
    const deletion = manager
      .createQueryBuilder()
      .delete()
      .from(User)
      .where({ email: normalizeIdentifier(email), activatedAt: IsNull() })
      .returning('id');
    const rows = (await deletion.execute()).raw as { id: string }[];
    return rows.at(0)?.id;
  }
}

/** Runs `change` with the name somebody waited with, or without it when it is taken by now. */
export async function withNameIfFree<T>(
  manager: EntityManager,
  username: string | null,
  change: (manager: EntityManager, username: string | null) => Promise<T>,
): Promise<T> {
  try {
    // In a savepoint, as a refused statement would end the whole transaction.
    return await manager.transaction((inner) => change(inner, username));
  } catch (error) {
    if (!isNameTaken(error)) throw error;
    return change(manager, null);
  }
}
