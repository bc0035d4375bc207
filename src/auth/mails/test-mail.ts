import type { Mail } from '../../ports/mailer.js';
import { render } from './layout.js';

/** What `manage send-test-mail` sends. */
export function testMail(to: string): Mail {
  return render(to, {
    subject: 'A test mail from Videoflix',
    greeting: 'It works!',
    lines: [
      'Somebody who runs this Videoflix asked it for a test mail.',
      'As it has arrived, links to activate accounts and to choose new passwords will arrive, too.',
    ],
  });
}
