import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/**
 * Tells that something about the second step of signing in has changed.
 *
 * @param what a sentence without its full stop: `Two-factor sign-in was switched on`
 */
export function secondFactorChangedMail(to: string, what: string): Mail {
  return render(to, {
    subject: 'The sign-in of your Videoflix account was changed',
    greeting: 'Hello,',
    lines: [
      `there is news about your account: ${what}.`,
      'If it was you, there is nothing to do. If not, change your password, then look through your passkeys, which still sign in after that, and your devices.',
    ],
  });
}
