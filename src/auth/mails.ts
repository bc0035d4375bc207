import type { Mail } from '../ports/mailer.js';

interface LinkMail {
  subject: string;
  greeting: string;
  lines: readonly string[];
  link: { label: string; url: string };
}

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

function render(to: string, { subject, greeting, lines, link }: LinkMail): Mail {
  return {
    to,
    subject,
    text: [greeting, '', ...lines, '', link.url, ''].join('\n'),
    html: [
      '<!doctype html><html lang="en"><body style="font-family: sans-serif; line-height: 1.5">',
      `<p>${escapeHtml(greeting)}</p>`,
      ...lines.map((line) => `<p>${escapeHtml(line)}</p>`),
      `<p><a href="${escapeHtml(link.url)}">${escapeHtml(link.label)}</a></p>`,
      `<p style="color: #666">${escapeHtml(link.url)}</p>`,
      '</body></html>',
    ].join('\n'),
  };
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => HTML_ENTITIES[character] ?? character);
}
