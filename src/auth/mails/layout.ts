import type { Mail } from '../../ports/mailer.js';

interface MailContent {
  subject: string;
  greeting: string;
  /** A paragraph each. */
  lines: readonly string[];
  link?: { label: string; url: string };
}

/** The mail with its text and HTML parts; what is handed in is text and is escaped. */
export function render(to: string, content: MailContent): Mail {
  return { to, subject: content.subject, text: renderText(content), html: renderHtml(content) };
}

function renderText({ greeting, lines, link }: MailContent): string {
  return [greeting, '', ...lines, '', ...(link ? [link.url, ''] : [])].join('\n');
}

const FONT = "font-family:'Helvetica Neue',Helvetica,Arial,sans-serif";

// Mail clients drop style sheets, and Outlook centres nothing but tables: hence inline styles in
// tables that are none to a screen reader.
function renderHtml({ subject, greeting, lines, link }: MailContent): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light">',
    `<title>${escapeHtml(subject)}</title>`,
    '</head>',
    '<body style="margin:0;padding:0;background-color:#f3f3f4">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background-color:#f3f3f4">',
    '<tr><td align="center" style="padding:32px 16px">',
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background-color:#ffffff;border-radius:8px">',
    `<tr><td style="padding:32px;${FONT};font-size:16px;line-height:1.5;color:#1f1f23">`,
    '<p style="margin:0 0 24px;font-size:20px;font-weight:bold;color:#b20710">Videoflix</p>',
    ...[greeting, ...lines].map((line) => `<p style="margin:0 0 16px">${escapeHtml(line)}</p>`),
    ...(link ? renderLink(link) : []),
    '</td></tr>',
    '</table>',
    '</td></tr>',
    '</table>',
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

/** A button, and the address itself for whoever cannot press it. */
function renderLink({ label, url }: { label: string; url: string }): string[] {
  const button =
    'display:inline-block;padding:12px 24px;border-radius:6px;background-color:#b20710;color:#ffffff;font-weight:bold;text-decoration:none';
  return [
    `<p style="margin:24px 0"><a href="${escapeHtml(url)}"`,
    `style="${button}">${escapeHtml(label)}</a></p>`,
    '<p style="margin:0;font-size:13px;color:#5c5c66">Or copy this address into your browser:<br>',
    `<span style="word-break:break-all">${escapeHtml(url)}</span></p>`,
  ];
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}
