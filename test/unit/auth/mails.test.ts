import * as mails from '../../../src/auth/mails/index.js';
import type { Mail } from '../../../src/ports/mailer.js';

const TO = 'ada@example.org';
const URL = 'https://videos.example.org/page?uid=1&token=a_b-C';

const LINKED: readonly [string, Mail][] = [
  ['activation', mails.activationMail(TO, URL)],
  ['password reset', mails.passwordResetMail(TO, URL)],
  ['already registered', mails.alreadyRegisteredMail(TO, URL)],
  ['password changed', mails.passwordChangedMail(TO, URL)],
  ['e-mail change', mails.emailChangeMail(TO, URL)],
  ['deletion requested', mails.deletionRequestedMail(TO, '3 March 2027', URL)],
];
const UNLINKED: readonly [string, Mail][] = [
  ['e-mail change notice', mails.emailChangeNoticeMail(TO, 'new@example.org')],
  ['e-mail changed', mails.emailChangedMail(TO, 'new@example.org')],
  ['deletion cancelled', mails.deletionCancelledMail(TO)],
  ['second factor', mails.secondFactorChangedMail(TO, 'Two-factor sign-in was switched on')],
  ['test', mails.testMail(TO)],
];
const ALL = [...LINKED, ...UNLINKED];

test('there is no mail that is not looked at here', () => {
  expect(ALL).toHaveLength(Object.keys(mails).length);
});

test.each(ALL)('the %s mail has an address, a subject of one line, and both parts', (_, mail) => {
  expect(mail.to).toBe(TO);
  expect(mail.subject).toMatch(/^[\x20-\x7e]{10,78}$/);
  expect(mail.text).toMatch(/^\S.+\n\n\S/);
  expect(mail.html).toMatch(/^<!doctype html>\n<html lang="en">/);
});

test.each(LINKED)('the %s mail has one link, whole and on a line of its own', (_, mail) => {
  expect(mail.text.match(/https?:\S+/g)).toEqual([URL]);
  expect(mail.text.split('\n')).toContain(URL);
  const escaped = URL.replace('&', '&amp;');
  expect(mail.html).toContain(`href="${escaped}"`);
  expect(mail.html).toContain(`>${escaped}<`);
});

test.each(UNLINKED)('the %s mail has no link', (_, mail) => {
  expect(mail.text + mail.html).not.toMatch(/https?:|href/);
});

test.each(ALL)('the %s mail says the same in both parts', (_, { text, html }) => {
  const words = unescape(html.replace(/<title>.*<\/title>|<[^>]+>/g, ''));
  for (const line of text.split('\n')) expect(words).toContain(line);
});

test.each(ALL)('the %s mail loads nothing and has lines that mail servers take', (_, { html }) => {
  expect(html).not.toMatch(/<(img|link|script|style|iframe)|url\(|src=/);
  // RFC 5322 2.1.1: 998 characters.
  expect(Math.max(...html.split('\n').map(({ length }) => length))).toBeLessThan(998);
});

test('what others chose becomes text, never markup', () => {
  const nasty = `"<script>alert('x')</script>&amp;"@example.org`;
  for (const mail of [
    mails.emailChangeNoticeMail(TO, nasty),
    mails.emailChangedMail(TO, nasty),
    mails.secondFactorChangedMail(TO, nasty),
    mails.deletionRequestedMail(TO, nasty, `${URL}"onclick="x`),
  ]) {
    expect(mail.html).not.toMatch(/<script|"onclick/);
    expect(mail.html).toContain('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;&quot;');
    expect(mail.text).toContain(nasty);
  }
});

test('mails say for how long their links are good', () => {
  expect(mails.activationMail(TO, URL).text).toContain('72 hours');
  expect(mails.passwordResetMail(TO, URL).text).toContain('24 hours');
  expect(mails.emailChangeMail(TO, URL).text).toContain('24 hours');
  expect(mails.deletionRequestedMail(TO, '3 March 2027', URL).text).toContain('3 March 2027');
});

test('whoever did not add a passkey is told that a new password does not take it away', () => {
  const { text } = mails.secondFactorChangedMail(TO, 'The passkey “x” was added');
  expect(text).toMatch(
    /change your password, then look through your passkeys, which still sign in/,
  );
});

function unescape(html: string): string {
  return html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
