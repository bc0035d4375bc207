import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** The mail that holds the activation link. */
export function activationMail(to: string, url: string): Mail {
  return render(to, {
    subject: 'Activate your Videoflix account',
    greeting: 'Welcome to Videoflix!',
    lines: [
      'Open the link to activate your account. It is good for 72 hours.',
      'If you did not register, ignore this mail.',
    ],
    link: { label: 'Activate account', url },
  });
}
