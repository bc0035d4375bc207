import type { PersonRule, Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import type { AccountsConfig } from '../config/config.js';

type Refusal = string | undefined;
type Policy = Pick<AccountsConfig, 'uploadsBy'>;

/** What each rule asks of somebody who is signed in; the words are for those it refuses. */
const REFUSALS: Readonly<Record<PersonRule, (viewer: Viewer, policy: Policy) => Refusal>> = {
  session: () => undefined,
  account: refuseGuest,
  'signed-in': () => undefined,
  member: refuseGuest,
  uploader: (viewer, { uploadsBy }) => {
    if (viewer.isDemo) return 'Demo accounts cannot upload.';
    return uploadsBy === 'users' || isStaff(viewer) ? undefined : 'Only staff may upload here.';
  },
  staff: (viewer) => (isStaff(viewer) ? undefined : 'Only staff may do this.'),
  superuser: ({ role }) => (role === 'superuser' ? undefined : 'Only superusers may do this.'),
};

/**
 * The one place that decides what a person may call. What a person may do with one video is
 * decided where videos are.
 *
 * @throws DomainError `auth.second_factor_setup_required`, `auth.forbidden`
 */
export function demandPermission(rule: PersonRule, viewer: Viewer, policy: Policy): void {
  if (viewer.mustSetUpSecondFactor && rule !== 'session' && rule !== 'account') {
    throw new DomainError(
      'auth.second_factor_setup_required',
      'Staff must set up two-factor sign-in, or sign in with a passkey, before anything else.',
    );
  }
  const refusal = REFUSALS[rule](viewer, policy);
  if (refusal) throw new DomainError('auth.forbidden', refusal);
}

function refuseGuest({ isDemo }: Viewer): Refusal {
  return isDemo ? 'Demo guests cannot do this.' : undefined;
}

function isStaff({ role }: Viewer): boolean {
  return role !== 'viewer';
}
