import { ApiError, describe, waitOf } from '../api/error';

/** Why somebody was not let in, and what they can do about it. */
export function explainSignIn(error: unknown): string {
  if (!(error instanceof ApiError)) return describe(error);
  switch (error.code) {
    case 'auth.invalid_credentials':
      return 'That name and password do not match an active account. If you just registered, open the link in your mail first.';
    case 'auth.not_activated':
      return 'This account is not active yet. Open the link in your mail, or ask for a new one below.';
    case 'auth.deactivated':
      return 'This account has been switched off. Ask the people who run this site.';
    case 'auth.locked':
      return `Too many wrong tries for this account. Wait ${waitOf(error)}, or choose a new password.`;
    default:
      return describe(error);
  }
}
