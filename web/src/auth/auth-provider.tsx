import { useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';

import { fetchMe, signOut } from '../api/accounts';
import { csrfToken, isAbort, watchSession } from '../api/client';
import type { User } from '../api/types';
import { AuthContext, type AuthState } from './auth-context';

export function AuthProvider({ children }: { children: ReactNode }) {
  // Without the readable cookie there is no session to ask about.
  const [session, setSession] = useState<AuthState>(() =>
    csrfToken() === undefined ? { state: 'signed-out' } : { state: 'checking' },
  );
  const [secondFactorDue, setSecondFactorDue] = useState(false);

  useEffect(
    () =>
      watchSession({
        onLost: () => setSession({ state: 'signed-out' }),
        onSetupRequired: () => setSecondFactorDue(true),
      }),
    [],
  );

  useEffect(() => {
    if (csrfToken() === undefined) return;
    const controller = new AbortController();
    fetchMe(controller.signal)
      .then((user) => setSession({ state: 'signed-in', user }))
      .catch((error: unknown) => {
        if (!isAbort(error)) setSession({ state: 'signed-out' });
      });
    return () => controller.abort();
  }, []);

  const enter = useCallback((user: User) => {
    setSecondFactorDue(false);
    setSession({ state: 'signed-in', user });
  }, []);
  const leave = useCallback(async () => {
    await signOut(false).catch(() => undefined);
    // A fresh document forgets everything the last person saw.
    window.location.assign('/');
  }, []);

  const auth = useMemo(
    () => ({ session, secondFactorDue, setSecondFactorDue, enter, leave }),
    [session, secondFactorDue, enter, leave],
  );
  return <AuthContext value={auth}>{children}</AuthContext>;
}
