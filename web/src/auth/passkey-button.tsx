import { browserSupportsWebAuthn } from '@simplewebauthn/browser';

import { Icon } from '../components/icon';
import { Notice } from '../components/notice';
import { useAction } from '../components/use-action';
import { useAuth } from './auth-context';
import { explainPasskey, isCancelled, signInWithPasskey } from './passkeys';

export function PasskeyButton({ rememberMe }: { rememberMe: boolean }) {
  const { enter } = useAuth();
  const { busy, error, run } = useAction(async () => {
    enter((await signInWithPasskey(rememberMe)).user);
  });
  if (!browserSupportsWebAuthn()) return null;

  return (
    <>
      <button
        type="button"
        className="button button--quiet"
        disabled={busy}
        onClick={() => void run()}
      >
        <Icon name="key" />
        Sign in with a passkey
      </button>
      {isCancelled(error) && (
        <p className="quiet" role="status">
          No passkey was used.
        </p>
      )}
      {error !== undefined && !isCancelled(error) && (
        <Notice tone="bad">{explainPasskey(error)}</Notice>
      )}
    </>
  );
}
