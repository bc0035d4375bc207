import {
  demandAdministration,
  type AdministrationAct,
} from '../../../src/admin/administration-policy.js';
import type { UserRole } from '../../../src/common/access.js';

type Row = [act: AdministrationAct, actor: UserRole, subjects: UserRole[]];

const ROLES: UserRole[] = ['viewer', 'staff', 'superuser'];

test.each<Row>([
  ['change-role', 'staff', []],
  ['change-role', 'superuser', ['viewer', 'staff', 'superuser']],
  ['change-activity', 'staff', ['viewer']],
  ['change-activity', 'superuser', ['viewer', 'staff', 'superuser']],
  ['handle-sessions', 'staff', ['viewer', 'staff']],
  ['handle-sessions', 'superuser', ['viewer', 'staff', 'superuser']],
  ['unlock', 'staff', ['viewer', 'staff']],
  ['unlock', 'superuser', ['viewer', 'staff', 'superuser']],
])('%s by %s is for %j', (act, actor, subjects) => {
  const allowed = ROLES.filter((role) => isAllowed(act, actor, { role, isDemo: false }));
  expect(allowed).toEqual(subjects);
});

test('a demo guest stays a viewer, whoever asks', () => {
  const guest = { role: 'viewer', isDemo: true } as const;
  expect(isAllowed('change-role', 'superuser', guest)).toBe(false);
  expect(isAllowed('change-activity', 'staff', guest)).toBe(true);
});

function isAllowed(
  act: AdministrationAct,
  actor: UserRole,
  subject: { role: UserRole; isDemo: boolean },
): boolean {
  try {
    demandAdministration(act, { role: actor }, subject);
    return true;
  } catch {
    return false;
  }
}
