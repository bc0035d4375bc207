import { ApiError, describe, waitOf } from '../api/error';

/** Whether activating the account may be what is missing: a wrong password looks the same. */
export function mayNeedActivation(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'auth.invalid_credentials';
}

/** Why somebody was not let in, and what they can do about it. */
export function explainSignIn(error: unknown): string {
  if (!(error instanceof ApiError)) return describe(error);
  switch (error.code) {
    case 'auth.invalid_credentials':
      return 'That name and password do not match an active account. A new account must first be activated with the link in our mail.';
    case 'auth.deactivated':
      return 'This account has been switched off. Ask the people who run this site.';
    case 'auth.locked':
      return `Too many wrong tries for this account. Wait ${waitOf(error)}, or choose a new password.`;
    default:
      return describe(error);
  }
}
