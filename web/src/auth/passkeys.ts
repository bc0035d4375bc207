import { startAuthentication, startRegistration } from '@simplewebauthn/browser';

import { describe } from '../api/error';
import { addPasskey, beginPasskey, beginPasskeySignIn, finishPasskeySignIn } from '../api/security';
import type { Session } from '../api/types';

export async function signInWithPasskey(rememberMe: boolean): Promise<Session> {
  const { challenge_id: id, options } = await beginPasskeySignIn();
  const response = await startAuthentication({ optionsJSON: options });
  return finishPasskeySignIn(id, response, rememberMe);
}

/** Lets the browser or a security key make a passkey and adds it to the account. */
export async function createPasskey(name: string, password: string): Promise<void> {
  const { challenge_id: id, options } = await beginPasskey(password);
  const response = await startRegistration({ optionsJSON: options });
  await addPasskey(id, name, response);
}

/** True when the person closed the browser's prompt, or let it time out. */
export function isCancelled(error: unknown): boolean {
  return error instanceof Error && ['NotAllowedError', 'AbortError'].includes(error.name);
}

/** One sentence for what went wrong, be it here, in the browser or on the server. */
export function explainPasskey(error: unknown): string {
  switch (error instanceof Error ? error.name : '') {
    case 'SecurityError':
      return 'Passkeys do not work at this address. Open the site under its usual name.';
    case 'InvalidStateError':
      return 'This device holds a passkey for the account already.';
    case 'NotSupportedError':
    case 'ConstraintError':
      return 'This device cannot make a passkey that is good enough. Try another one.';
    default:
      return describe(error);
  }
}
