import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ALGORITHM, type SignatureClaims } from './claims.js';

/** What the signing key signs: the canonical request's hash, when and for what (AWS General Reference). */
export function stringToSign(
  { timestamp, scope: { date, region, service } }: Pick<SignatureClaims, 'timestamp' | 'scope'>,
  canonicalRequest: string,
): string {
  const hash = createHash('sha256').update(canonicalRequest).digest('hex');
  return [ALGORITHM, timestamp, `${date}/${region}/${service}/aws4_request`, hash].join('\n');
}

/** The signature in hex, of a key that is good for one day, region and service. */
export function signatureOf(
  secret: string,
  { date, region, service }: SignatureClaims['scope'],
  text: string,
): string {
  const day = hmac(`AWS4${secret}`, date);
  const signingKey = hmac(hmac(hmac(day, region), service), 'aws4_request');
  return hmac(signingKey, text).toString('hex');
}

/** Compares in constant time; both are hex digits. */
export function isSameSignature(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
