import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Place } from './order.js';

const MAC_BYTES = 16;

/**
 * Writes and reads cursors: a place in a list and the first 128 bits of an HMAC-SHA-256 over it and over what the list
 * is of, in base64url. A cursor is good for no other list, and nobody can make one up.
 */
export class Cursors {
  constructor(private readonly key: Buffer) {}

  /** @param list all that decides which videos are on the list, and their order */
  write({ key, id }: Place, list: object): string {
    const place = Buffer.from(JSON.stringify([key, id]));
    return Buffer.concat([this.mac(place, list), place]).toString('base64url');
  }

  /** Undefined for what is no cursor of this list. */
  read(cursor: string, list: object): Place | undefined {
    const bytes = Buffer.from(cursor, 'base64url');
    // Decoding is lenient; only the one canonical spelling is good.
    if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== cursor) return undefined;
    const place = bytes.subarray(MAC_BYTES);
    if (!timingSafeEqual(this.mac(place, list), bytes.subarray(0, MAC_BYTES))) return undefined;
    const [key, id] = JSON.parse(place.toString()) as [string, string];
    return { key, id };
  }

  private mac(place: Buffer, list: object): Buffer {
    return createHmac('sha256', this.key)
      .update(JSON.stringify(list))
      .update('\0')
      .update(place)
      .digest()
      .subarray(0, MAC_BYTES);
  }
}
