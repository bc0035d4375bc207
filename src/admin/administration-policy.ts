import type { UserRole, Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';

/** What staff do to the account of somebody. */
export type AdministrationAct = 'change-role' | 'change-activity' | 'handle-sessions' | 'unlock';

/** The account it is done to. */
export interface Subject {
  role: UserRole;
  isDemo: boolean;
}

type Refusal = string | undefined;

/** What each act asks of whoever does it, staff or superuser; the words are for those it refuses. */
const REFUSALS: Readonly<
  Record<AdministrationAct, (actor: Pick<Viewer, 'role'>, subject: Subject) => Refusal>
> = {
  'change-role': (actor, { isDemo }) => {
    if (actor.role !== 'superuser') return 'Only superusers may change roles.';
    return isDemo ? 'A demo guest cannot have another role.' : undefined;
  },
  'change-activity': (actor, subject) =>
    actor.role === 'superuser' || subject.role === 'viewer'
      ? undefined
      : 'Only superusers may switch staff on or off.',
  'handle-sessions': (actor, subject) =>
    actor.role === 'superuser' || subject.role !== 'superuser'
      ? undefined
      : 'Only superusers may look after the sessions of superusers.',
  unlock: (actor, subject) =>
    actor.role === 'superuser' || subject.role !== 'superuser'
      ? undefined
      : 'Only superusers may unlock superusers.',
};

/**
 * The one place that decides what staff may do to whom; that they are staff or superusers is what
 * the routes ask for.
 *
 * @throws DomainError `auth.forbidden`
 */
export function demandAdministration(
  act: AdministrationAct,
  actor: Pick<Viewer, 'role'>,
  subject: Subject,
): void {
  const refusal = REFUSALS[act](actor, subject);
  if (refusal) throw new DomainError('auth.forbidden', refusal);
}
