import Bowser from 'bowser';

const UNKNOWN = 'Unknown device';
const MAX_LENGTH = 60;

/** Longer than any real one; the patterns it is matched against take longer the longer it is. */
const MAX_USER_AGENT_LENGTH = 512;

/** What a person calls the device they signed in with: "Firefox on Linux". 60 characters at most. */
export function deviceName(userAgent: string): string {
  const agent = userAgent.slice(0, MAX_USER_AGENT_LENGTH);
  // Bowser throws when there is nothing to parse.
  if (agent === '') return UNKNOWN;
  const { browser, os, platform } = Bowser.parse(agent);
  const program = readable(browser.name) || readable(productOf(agent));
  const place = readable(platform.model) || readable(os.name);
  const name = [...new Set([program, place])].filter((part) => part !== '').join(' on ');
  return name.slice(0, MAX_LENGTH).trim() || UNKNOWN;
}

/** The first product, such as `curl` in `curl/8.5.0` (RFC 9110 10.1.5). */
function productOf(userAgent: string): string | undefined {
  return /^[\w.+-]+/.exec(userAgent)?.[0];
}

/** Names may be the client's own words; and every browser says that it is Mozilla. */
function readable(name: string | undefined): string {
  const words = (name ?? '').replace(/[^\w.+-]+/g, ' ').trim();
  return words === 'Mozilla' ? '' : words.replace(/ for Android$/, '');
}
