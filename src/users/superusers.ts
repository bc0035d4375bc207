import { IsNull, type EntityManager } from 'typeorm';
import { User } from './user.entity.js';

/** Who keeps the site in hands: an active superuser who does not leave. */
const STAYING = { role: 'superuser', isActive: true, deletionRequestedAt: IsNull() } as const;

/**
 * Holds a user's row together with those of all superusers, until the end of the transaction: of two
 * who take the superusers from each other, the second one sees who is left. In one query and in the
 * order of ids, as two that hold them in different orders would wait for each other.
 *
 * @returns the user, null when there is none; and whether another superuser stays
 */
export async function holdWithSuperusers(
  manager: EntityManager,
  id: string,
): Promise<{ user: User | null; anotherStays: boolean }> {
  const held = await manager.find(User, {
    where: [STAYING, { id }],
    order: { id: 'ASC' },
    lock: { mode: 'for_no_key_update' },
  });
  return {
    user: held.find((user) => user.id === id) ?? null,
    anotherStays: held.some((user) => user.id !== id),
  };
}
