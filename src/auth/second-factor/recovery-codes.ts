import { randomInt } from 'node:crypto';

const COUNT = 10;
/** Crockford's base32: no i, l, o and u. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 50 bits. */
const CHARACTERS = 10;

/** Ten codes such as `4kx2p-9dhw7`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, newRecoveryCode);
}

/** A code as it was meant: people leave out hyphens, use capitals, and take 0 for O and 1 for l. */
export function normalizeRecoveryCode(text: string): string {
  return text.toLowerCase().replace(/[\s-]/g, '').replace(/o/g, '0').replace(/[il]/g, '1');
}

function newRecoveryCode(): string {
  const characters = Array.from({ length: CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return `${characters.slice(0, 5).join('')}-${characters.slice(5).join('')}`;
}
