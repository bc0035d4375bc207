import { createContext, useContext } from 'react';

import type { User } from '../api/types';

export type AuthState =
  { state: 'checking' } | { state: 'signed-out' } | { state: 'signed-in'; user: User };

export interface Auth {
  session: AuthState;
  /** The account must get a second factor before it may do anything else. */
  secondFactorDue: boolean;
  setSecondFactorDue: (due: boolean) => void;
  enter: (user: User) => void;
  leave: () => Promise<void>;
}

export const AuthContext = createContext<Auth | undefined>(undefined);

export function useAuth(): Auth {
  const auth = useContext(AuthContext);
  if (!auth) throw new Error('useAuth needs an AuthProvider above it');
  return auth;
}
