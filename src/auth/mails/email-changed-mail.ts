import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** Tells the address that was replaced which one took its place. */
export function emailChangedMail(to: string, newAddress: string): Mail {
  return render(to, {
    subject: 'Your Videoflix e-mail address was changed',
    greeting: 'Hello,',
    lines: [
      `the e-mail address of your account is now ${newAddress}. Sign in with it from now on; mails go there, too.`,
      'If it was not you, tell whoever runs this Videoflix: this address no longer opens the account.',
    ],
  });
}
