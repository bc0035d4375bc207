import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/browser';

import { request } from './client';
import type {
  Detail,
  OpenSession,
  OpenSessionList,
  Passkey,
  PasskeyList,
  RecoveryCodes,
  SecondFactor,
  Session,
  TotpSetup,
} from './types';

/** What a passkey is asked for, and the id under which its answer is awaited. */
export interface Challenge<Options> {
  challenge_id: string;
  options: Options;
}

export const fetchSecondFactor = (signal: AbortSignal): Promise<SecondFactor> =>
  request('GET', '/auth/2fa', { signal });

export const beginTotp = (password: string): Promise<TotpSetup> =>
  request('POST', '/auth/2fa/totp', { body: { password } });

export const confirmTotp = async (code: string): Promise<string[]> =>
  codesOf(await request('POST', '/auth/2fa/totp/confirm', { body: { code } }));

export const removeTotp = (password: string): Promise<void> =>
  request('DELETE', '/auth/2fa/totp', { body: { password } });

export const renewRecoveryCodes = async (password: string): Promise<string[]> =>
  codesOf(await request('POST', '/auth/2fa/recovery-codes', { body: { password } }));

export const fetchPasskeys = async (signal: AbortSignal): Promise<Passkey[]> =>
  (await request<PasskeyList>('GET', '/auth/passkeys', { signal })).passkeys;

export const beginPasskey = (
  password: string,
): Promise<Challenge<PublicKeyCredentialCreationOptionsJSON>> =>
  request('POST', '/auth/passkeys/options', { body: { password } });

export const addPasskey = (
  challengeId: string,
  name: string,
  response: RegistrationResponseJSON,
): Promise<unknown> =>
  request('POST', '/auth/passkeys', { body: { challenge_id: challengeId, name, response } });

export const removePasskey = (id: string, password: string): Promise<void> =>
  request('DELETE', `/auth/passkeys/${encodeURIComponent(id)}`, { body: { password } });

export const beginPasskeySignIn = (): Promise<Challenge<PublicKeyCredentialRequestOptionsJSON>> =>
  request('POST', '/auth/passkeys/login/options', { renew: false });

export const finishPasskeySignIn = (
  challengeId: string,
  response: AuthenticationResponseJSON,
  rememberMe: boolean,
): Promise<Session> =>
  request('POST', '/auth/passkeys/login', {
    renew: false,
    body: { challenge_id: challengeId, response, remember_me: rememberMe },
  });

export const fetchSessions = async (signal: AbortSignal): Promise<OpenSession[]> =>
  (await request<OpenSessionList>('GET', '/auth/sessions', { signal })).sessions;

export const endSession = (id: string): Promise<void> =>
  request('DELETE', `/auth/sessions/${encodeURIComponent(id)}`);

export const endOtherSessions = (): Promise<Detail> => request('DELETE', '/auth/sessions');

const codesOf = ({ recovery_codes: codes }: RecoveryCodes) => codes;
