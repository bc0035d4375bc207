import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 256 random bits, as text for a URL. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token; a random token needs no slow hash. */
export function hashOpaqueToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Compares in constant time. */
export function matchesOpaqueToken(hash: Buffer, token: string): boolean {
  return timingSafeEqual(hash, hashOpaqueToken(token));
}
