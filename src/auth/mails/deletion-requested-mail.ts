import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/**
 * Tells when an account is going to be deleted, and how to keep it.
 *
 * @param dateText the day, as people write it: `3 March 2027`
 */
export function deletionRequestedMail(to: string, dateText: string, loginUrl: string): Mail {
  return render(to, {
    subject: 'Your Videoflix account is going to be deleted',
    greeting: 'Hello,',
    lines: [
      `as you asked, your account and its videos are removed on ${dateText}.`,
      'If you want to keep them, sign in before then. Otherwise there is nothing to do.',
    ],
    link: { label: 'Sign in and keep the account', url: loginUrl },
  });
}
