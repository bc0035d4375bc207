import { escaped, type Parameter } from './query.js';
import type { Headers } from './signed-request.js';

/** What of a request is signed. */
export interface SignedParts {
  method: string;
  /** As the request line has it. */
  path: string;
  query: readonly Parameter[];
  headers: Headers;
  /** Names in lower case, sorted. */
  signedHeaders: readonly string[];
  payloadHash: string;
}

/**
 * The one form of a request that both sides can write down
 * (AWS General Reference, "Create a canonical request").
 */
export function canonicalRequest(parts: SignedParts): string {
  const { method, path, query, headers, signedHeaders, payloadHash } = parts;
  return [
    method,
    canonicalPath(path),
    canonicalQuery(query),
    ...signedHeaders.map((name) => `${name}:${canonicalValue(headers.get(name) ?? [])}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

/**
 * Without dot segments and empty ones, and encoded once more than on the wire, as all services but S3
 * have it.
 */
function canonicalPath(path: string): string {
  const normal = normalPath(path).split('/').map(escaped).join('/');
  return normal === '' ? '/' : normal;
}

/** A path without dot segments (RFC 3986 5.2.4) and without empty ones. */
export function normalPath(path: string): string {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  const end = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.join('/')}${end}`;
}

/** Encoded first, then sorted by name and by value. */
function canonicalQuery(query: readonly Parameter[]): string {
  return query
    .map(([name, value]) => [escaped(name), escaped(value)] as const)
    .sort((one, other) => compare(one[0], other[0]) || compare(one[1], other[1]))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalValue(values: readonly string[]): string {
  return values.map((value) => value.trim().replace(/[ \t]+/g, ' ')).join(',');
}

/** By code units: every character is ASCII by now, and no language has a say. */
function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
