import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** Tells the owner of an address that somebody tried to register with it. */
export function alreadyRegisteredMail(to: string, url: string): Mail {
  return render(to, {
    subject: 'You already have a Videoflix account',
    greeting: 'Hello,',
    lines: [
      'somebody tried to register at Videoflix with this address, which has an account already.',
      'If it was you, just sign in. If not, there is nothing to do.',
    ],
    link: { label: 'Sign in', url },
  });
}
