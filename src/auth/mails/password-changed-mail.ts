import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** Tells that the password was changed; `resetUrl` is where its owner can ask for another one. */
export function passwordChangedMail(to: string, resetUrl: string): Mail {
  return render(to, {
    subject: 'Your Videoflix password was changed',
    greeting: 'Hello,',
    lines: [
      'your password was changed, and your other devices were signed out.',
      'If it was you, there is nothing to do. If not, choose a new password right away.',
    ],
    link: { label: 'Choose a new password', url: resetUrl },
  });
}
