import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** The mail to a new address that holds the link to confirm it. */
export function emailChangeMail(to: string, url: string): Mail {
  return render(to, {
    subject: 'Confirm your new e-mail address for Videoflix',
    greeting: 'Hello,',
    lines: [
      'open the link to use this address for your Videoflix account. It is good for 24 hours.',
      'If you did not ask for it, ignore this mail: nothing changes.',
    ],
    link: { label: 'Confirm this address', url },
  });
}
