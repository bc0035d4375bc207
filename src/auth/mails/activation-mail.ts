import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/**
 * The mail that holds the activation link.
 *
 * @param registeredAt given when the address was registered more than once: the owner has to know
 *   which time is meant, as another one may be somebody else's
 */
export function activationMail(to: string, url: string, registeredAt?: Date): Mail {
  return render(to, {
    subject: 'Activate your Videoflix account',
    greeting: 'Welcome to Videoflix!',
    lines: [
      'Open the link to activate your account. It is good for 72 hours.',
      ...(registeredAt ? [oneOfMany(registeredAt)] : []),
      'If you did not register, ignore this mail.',
    ],
    link: { label: 'Activate account', url },
  });
}

function oneOfMany(registeredAt: Date): string {
  const when = registeredAt.toLocaleString('en-GB', {
    dateStyle: 'long',
    timeStyle: 'medium',
    timeZone: 'UTC',
  });
  return `Your address was registered more than once. This link, the only one that is still good, is for the registration of ${when} UTC and for the password chosen then. If that was not you, do not open it: register again.`;
}
