import { Client, type Answer } from './client.js';

/** A cookie as a server sets it; attribute names in lower case. */
export interface SetCookie {
  name: string;
  value: string;
  attributes: ReadonlyMap<string, string>;
}

/** The cookies an answer sets, by name. */
export function cookiesOf({ headers }: Answer): Map<string, SetCookie> {
  return new Map(
    headers.getSetCookie().map((line) => {
      const [[name, value] = ['', ''], ...attributes] = line.split('; ').map(splitAtFirstEquals);
      const byName = new Map(attributes.map(([key, text]) => [key.toLowerCase(), text]));
      return [name, { name, value, attributes: byName }];
    }),
  );
}

/** Talks to the API as a browser does: with the cookies it was given, and no token. */
export class CookieClient extends Client {
  readonly cookies = new Map<string, string>();

  override async send(
    method: string,
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const cookie = [...this.cookies].map((pair) => pair.join('=')).join('; ');
    const sent = { ...(cookie === '' ? {} : { cookie }), ...headers };
    const answer = await super.send(method, url, body, sent);
    for (const { name, value } of cookiesOf(answer).values()) {
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  /** The header that proves that a request comes from a page of ours. */
  get csrf(): Record<string, string> {
    return { 'X-CSRFToken': this.cookies.get('csrftoken') ?? '' };
  }
}

function splitAtFirstEquals(text: string): [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
