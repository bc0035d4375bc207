import { useState } from 'react';

import { signInAsGuest } from '../api/accounts';
import { describe } from '../api/error';
import { useAuth } from '../auth/auth-context';
import { Notice } from './notice';

export function DemoButton({ className }: { className: string }) {
  const { enter } = useAuth();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  const start = async () => {
    setBusy(true);
    setError(undefined);
    try {
      enter((await signInAsGuest()).user);
    } catch (reason) {
      setError(reason);
      setBusy(false);
    }
  };

  return (
    <>
      <button type="button" className={className} disabled={busy} onClick={() => void start()}>
        Try the demo
      </button>
      {error !== undefined && <Notice tone="bad">{describe(error)}</Notice>}
    </>
  );
}
