import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** Tells that an account stays after all. */
export function deletionCancelledMail(to: string): Mail {
  return render(to, {
    subject: 'Your Videoflix account stays',
    greeting: 'Welcome back!',
    lines: [
      'You signed in, so your account and its videos are not removed.',
      'If it was not you, change your password, then ask for the deletion again.',
    ],
  });
}
