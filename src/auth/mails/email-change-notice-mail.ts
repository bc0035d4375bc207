import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** Announces a change of address at the one that is to be replaced. */
export function emailChangeNoticeMail(to: string, newAddress: string): Mail {
  return render(to, {
    subject: 'Somebody asked to change your Videoflix e-mail address',
    greeting: 'Hello,',
    lines: [
      `somebody who is signed in to your account asked to change its e-mail address to ${newAddress}. It changes as soon as the new address is confirmed.`,
      'If it was you, there is nothing to do here: open the link in the mail to the new address.',
      'If not, change your password now: that voids the request.',
    ],
  });
}
