import { DomainError } from '../../common/domain-error.js';
import { canonicalRequest, normalPath } from './canonical-request.js';
import { readClaims, type SignatureClaims } from './claims.js';
import { malformed } from './malformed.js';
import { isSameSignature, signatureOf, stringToSign } from './signature.js';
import { headersOf, splitTarget, type Headers, type SignedRequest } from './signed-request.js';

/** For what signatures count here, and what time it is. */
export interface SignaturePolicy {
  region: string;
  service: string;
  now: Date;
}

/** A request that has all that a signed one must have; whether the signature is right is left to see. */
export interface ExaminedRequest {
  claims: SignatureClaims;
  stringToSign: string;
  /** From then on nobody accepts it. */
  validUntil: Date;
}

/** How far the clocks of both sides may be apart, and how long a request may be on its way. */
const WINDOW_SECONDS = 300;

const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';

/**
 * Checks all of a signed request for which no key is needed: its form, its time, its scope, that the
 * headers that matter are signed, and that the body is the one that was signed.
 * @throws DomainError `auth.required`, `auth.malformed_signature`, `auth.expired_signature`,
 *   `auth.invalid_signature`
 */
export function examine(request: SignedRequest, policy: SignaturePolicy): ExaminedRequest {
  const claims = readClaims(request);
  const validUntil = demandFresh(claims, policy.now);
  demandScope(claims, policy);
  const headers = headersOf(request);
  demandCover(claims, headers);
  const { path } = splitTarget(request);
  // Addresses that are signed alike must not lead to different places.
  if (path !== normalPath(path)) throw malformed('The path holds empty or dot segments.');
  const { method } = request;
  const { query, signedHeaders } = claims;
  const payloadHash = payloadHashOf(claims, request);
  const canonical = canonicalRequest({ method, path, query, headers, signedHeaders, payloadHash });
  return { claims, stringToSign: stringToSign(claims, canonical), validUntil };
}

/** Whether the signature was made with this secret; takes as long for a wrong one. */
export function isSignedWith(secret: string, { claims, stringToSign }: ExaminedRequest): boolean {
  return isSameSignature(signatureOf(secret, claims.scope, stringToSign), claims.signature);
}

function demandFresh({ timestamp, scope, lifetimeSeconds }: SignatureClaims, now: Date): Date {
  const signedAt = momentOf(timestamp);
  if (!signedAt) throw malformed('The time of signing is not YYYYMMDDThhmmssZ.');
  if (!timestamp.startsWith(scope.date)) {
    throw malformed('The key is scoped to another day than that of the signature.');
  }
  const lifetime = Math.min(lifetimeSeconds ?? WINDOW_SECONDS, WINDOW_SECONDS);
  const validUntil = new Date(signedAt.getTime() + lifetime * 1000);
  const tooEarly = signedAt.getTime() - now.getTime() > WINDOW_SECONDS * 1000;
  if (tooEarly || validUntil < now) {
    throw new DomainError(
      'auth.expired_signature',
      `The time of signing must be within ${WINDOW_SECONDS / 60} minutes of ${now.toISOString()}.`,
    );
  }
  return validUntil;
}

function demandScope({ scope }: SignatureClaims, { region, service }: SignaturePolicy): void {
  if (scope.region === region && scope.service === service) return;
  throw new DomainError(
    'auth.invalid_signature',
    `Sign for the region ${region} and the service ${service}.`,
  );
}

/** The host, and whatever speaks to the signature: a header of these that is not signed could be anybody's. */
function demandCover({ signedHeaders }: SignatureClaims, headers: Headers): void {
  const needed = ['host', ...[...headers.keys()].filter((name) => name.startsWith('x-amz-'))];
  const unsigned = needed.filter((name) => !signedHeaders.includes(name));
  if (unsigned.length > 0) throw malformed(`These headers must be signed: ${unsigned.join(', ')}.`);
  const missing = signedHeaders.filter((name) => !headers.has(name));
  if (missing.length > 0) throw malformed(`Signed, but not there: ${missing.join(', ')}.`);
  if ((headers.get('host') ?? []).length > 1) throw malformed('There is more than one host.');
}

/**
 * The hash that was signed. A body has to be signed: UNSIGNED-PAYLOAD is taken for none alone, where
 * adding one gives it away.
 */
function payloadHashOf({ payloadHash: claimed }: SignatureClaims, { body }: SignedRequest): string {
  if (claimed === undefined || claimed === body.sha256) return body.sha256;
  if (claimed === UNSIGNED_PAYLOAD && body.isEmpty) return claimed;
  if (claimed === UNSIGNED_PAYLOAD) throw malformed('The body must be signed.');
  if (!/^[0-9a-f]{64}$/.test(claimed)) throw malformed('The hash of the body is not SHA-256.');
  throw new DomainError('auth.invalid_signature', 'The body is not the one that was signed.');
}

/** A moment that exists: no 30th of February. */
function momentOf(timestamp: string): Date | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(timestamp);
  if (!parts) return undefined;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = ''] = parts;
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`;
  const moment = new Date(iso);
  return !Number.isNaN(moment.getTime()) && moment.toISOString() === iso ? moment : undefined;
}
