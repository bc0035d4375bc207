import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** The mail that holds the link to a new password. */
export function passwordResetMail(to: string, url: string): Mail {
  return render(to, {
    subject: 'Choose a new Videoflix password',
    greeting: 'Hello,',
    lines: [
      'open the link to choose a new password. It is good for 24 hours and signs you out everywhere.',
      'If you did not ask for it, ignore this mail: your password stays as it is.',
    ],
    link: { label: 'Choose a new password', url },
  });
}
