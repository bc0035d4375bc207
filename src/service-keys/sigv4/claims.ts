import { DomainError } from '../../common/domain-error.js';
import { malformed } from './malformed.js';
import { parseQuery, type Parameter } from './query.js';
import { headersOf, splitTarget, type Headers, type SignedRequest } from './signed-request.js';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** What a request says about its signature, before anybody has checked it. */
export interface SignatureClaims {
  accessKeyId: string;
  /** `YYYYMMDD`, region and service that the signing key was made for. */
  scope: { date: string; region: string; service: string };
  /** Names in lower case, sorted. */
  signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  signature: string;
  /** `YYYYMMDDThhmmssZ` */
  timestamp: string;
  /** How long the signature wants to count; no limit of its own when undefined. */
  lifetimeSeconds: number | undefined;
  /** What the body is said to hash to; undefined when nothing is said. */
  payloadHash: string | undefined;
  /** The parameters that were signed. */
  query: readonly Parameter[];
}

const SCOPE = String.raw`(\w{1,128})/(\d{8})/([\w-]{1,64})/([\w-]{1,64})/aws4_request`;
const SIGNED_HEADERS = String.raw`([^\s,;=]+(?:;[^\s,;=]+)*)`;
const SIGNATURE = String.raw`([0-9a-f]{64})`;
const AUTHORIZATION = new RegExp(
  `^${ALGORITHM} +Credential=${SCOPE}, *SignedHeaders=${SIGNED_HEADERS}, *Signature=${SIGNATURE}$`,
);
const CREDENTIAL = new RegExp(`^${SCOPE}$`);

/** A week, which is the longest that a signed address can ask for. */
const MAX_LIFETIME_SECONDS = 604_800;

/** In the order of {@link SCOPE}. */
type ScopeMatch = readonly [accessKeyId: string, date: string, region: string, service: string];

/**
 * Reads the signature from the `Authorization` header or from the query.
 * @throws DomainError `auth.required` when there is none, `auth.malformed_signature`
 */
export function readClaims(request: SignedRequest): SignatureClaims {
  const headers = headersOf(request);
  const query = parseQuery(splitTarget(request).query);
  const inHeader = (headers.get('authorization') ?? []).some((value) => /^AWS4/i.test(value));
  const inQuery = query.some(([name]) => name === 'X-Amz-Signature' || name === 'X-Amz-Algorithm');
  if (inHeader && inQuery) throw malformed('The request is signed in its header and its address.');
  if (inHeader) return fromHeader(headers, query);
  if (inQuery) return fromQuery(headers, query);
  throw new DomainError('auth.required', 'The request must be signed with a service key.');
}

function fromHeader(headers: Headers, query: readonly Parameter[]): SignatureClaims {
  const match = AUTHORIZATION.exec(single(headers, 'authorization') ?? '');
  if (!match) throw malformed(`The Authorization header is not one of ${ALGORITHM}.`);
  const [, accessKeyId = '', date = '', region = '', service = '', names = '', signature = ''] =
    match;
  return {
    ...claimsOf([accessKeyId, date, region, service], names),
    signature,
    timestamp: single(headers, 'x-amz-date') ?? '',
    lifetimeSeconds: undefined,
    payloadHash: single(headers, 'x-amz-content-sha256'),
    query,
  };
}

function fromQuery(headers: Headers, query: readonly Parameter[]): SignatureClaims {
  const parameter = (name: string) => singleParameter(query, name);
  if (parameter('X-Amz-Algorithm') !== ALGORITHM) {
    throw malformed(`X-Amz-Algorithm is not ${ALGORITHM}.`);
  }
  const match = CREDENTIAL.exec(parameter('X-Amz-Credential') ?? '');
  if (!match) throw malformed('X-Amz-Credential is not a key and its scope.');
  const signature = parameter('X-Amz-Signature') ?? '';
  if (!new RegExp(`^${SIGNATURE}$`).test(signature)) {
    throw malformed('X-Amz-Signature is not 64 hexadecimal digits.');
  }
  const lifetime = parameter('X-Amz-Expires') ?? '';
  const lifetimeSeconds = Number(lifetime);
  const isLifetime = /^\d{1,6}$/.test(lifetime) && lifetimeSeconds > 0;
  if (!isLifetime || lifetimeSeconds > MAX_LIFETIME_SECONDS) {
    throw malformed(`X-Amz-Expires is not a number of seconds up to ${MAX_LIFETIME_SECONDS}.`);
  }
  const [, accessKeyId = '', date = '', region = '', service = ''] = match;
  return {
    ...claimsOf([accessKeyId, date, region, service], parameter('X-Amz-SignedHeaders') ?? ''),
    signature,
    timestamp: parameter('X-Amz-Date') ?? '',
    lifetimeSeconds,
    payloadHash: single(headers, 'x-amz-content-sha256') ?? parameter('X-Amz-Content-Sha256'),
    query: query.filter(([name]) => name !== 'X-Amz-Signature'),
  };
}

function claimsOf([accessKeyId, date, region, service]: ScopeMatch, names: string) {
  const signedHeaders = names.split(';');
  const sorted = [...new Set(signedHeaders)].sort();
  const isListed = sorted.join(';') === names && names === names.toLowerCase();
  if (!isListed || names === '') {
    throw malformed('The signed headers are not listed once each, in lower case, in order.');
  }
  return { accessKeyId, scope: { date, region, service }, signedHeaders };
}

/** The value of a header that may be there once. */
function single(headers: Headers, name: string): string | undefined {
  const values = headers.get(name) ?? [];
  if (values.length > 1) throw malformed(`The header ${name} is there more than once.`);
  return values[0]?.trim();
}

function singleParameter(query: readonly Parameter[], name: string): string | undefined {
  const values = query.filter(([given]) => given === name);
  if (values.length > 1) throw malformed(`${name} is there more than once.`);
  return values[0]?.[1];
}
