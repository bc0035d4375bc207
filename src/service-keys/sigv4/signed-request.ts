/** A request as it came over the wire: what its signature was made of. */
export interface SignedRequest {
  method: string;
  /** Path and query, as the request line has them. */
  target: string;
  /** Names and values by turns, in the order in which they came. */
  rawHeaders: readonly string[];
  body: {
    /** In hex; that of nothing when there is no body. */
    sha256: string;
    isEmpty: boolean;
  };
}

/** All values of a header, in the order in which they came. */
export type Headers = ReadonlyMap<string, readonly string[]>;

/** SHA-256 of no bytes. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Headers by their name in lower case. */
export function headersOf({ rawHeaders }: Pick<SignedRequest, 'rawHeaders'>): Headers {
  const headers = new Map<string, string[]>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), rawHeaders[at + 1] ?? '']);
  }
  return headers;
}

/** The two parts of a request's target; no query is an empty one. */
export function splitTarget({ target }: Pick<SignedRequest, 'target'>) {
  const mark = target.indexOf('?');
  if (mark < 0) return { path: target, query: '' };
  return { path: target.slice(0, mark), query: target.slice(mark + 1) };
}
