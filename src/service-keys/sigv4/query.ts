import { malformed } from './malformed.js';

/** One parameter of a query, decoded. */
export type Parameter = readonly [name: string, value: string];

/**
 * Reads a query as the server's own parser does, where a plus is a space: what would be read as the
 * same has the same signature, and nothing else has.
 * @throws DomainError `auth.malformed_signature` for an escape that is none
 */
export function parseQuery(query: string): Parameter[] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const mark = part.indexOf('=');
      const [name, value] = mark < 0 ? [part, ''] : [part.slice(0, mark), part.slice(mark + 1)];
      return [decoded(name), decoded(value)];
    });
}

/** Percent-encodes all but the unreserved characters of RFC 3986 2.3. */
export function escaped(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw malformed('The query of the address is not percent-encoded UTF-8.');
  }
}
