import { createHmac, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';

/** Whom a media link was made for, and how long it is good. */
export interface MediaGrant {
  videoId: string;
  viewerId: string;
  expiresAt: Date;
}

/** The keys that sign tokens of one kind; each has a number, which its tokens carry. */
export interface SigningKeys {
  /** The one that signs at this moment. */
  current(): { id: number; key: Buffer };
  /** One whose tokens are still good. */
  find(id: number): Buffer | undefined;
}

const UUID_BYTES = 16;
const VIDEO_AT = 1;
const VIEWER_AT = VIDEO_AT + UUID_BYTES;
const EXPIRY_AT = VIEWER_AT + UUID_BYTES;
const PAYLOAD_BYTES = EXPIRY_AT + 4;
const MAC_BYTES = 32;
const LIFETIME_SECONDS = 6 * 3600;
/** Links made within the same window are equal, so that browsers can keep what they loaded. */
const WINDOW_SECONDS = 3600;
/** A list has twenty tokens, and the same titles come again on others; each takes about 400 bytes. */
const MOST_REMEMBERED = 20_000;
/** No token is good for longer. */
export const LONGEST_LIFE_SECONDS = LIFETIME_SECONDS + WINDOW_SECONDS;

/**
 * Signs and checks the token in the path of a media link: number of the key, video, viewer and expiry
 * in seconds since 1970, followed by their HMAC-SHA-256, in base64url. `deploy/nginx/playback-tokens.js`
 * reads it, too.
 */
export class MediaTokens {
  /** Tokens of {@link signedWith} by what they say. */
  private signed = new LRUCache<string, string>({ max: MOST_REMEMBERED });
  private signedWith: Buffer | undefined;

  constructor(private readonly keys: SigningKeys) {}

  /** A grant of at least 6 hours from now. */
  grant(videoId: string, viewerId: string): MediaGrant {
    return { videoId, viewerId, expiresAt: expiry() };
  }

  sign(grant: MediaGrant): string {
    const { id, key } = this.keys.current();
    return signedToken(grant, id, key);
  }

  /** Signs what a viewer may follow from this moment on. Of many videos, as the same ones come on many lists. */
  signerFor(viewerId: string): (videoId: string) => string {
    const { id, key } = this.keys.current();
    if (!this.signedWith?.equals(key)) {
      this.signedWith = key;
      this.signed = new LRUCache({ max: MOST_REMEMBERED });
    }
    const { signed } = this;
    const expiresAt = expiry();
    const viewing = `${viewerId} ${expiresAt.getTime()}`;
    return (videoId) => {
      const said = `${videoId} ${viewing}`;
      const known = signed.get(said);
      if (known !== undefined) return known;
      const token = signedToken({ videoId, viewerId, expiresAt }, id, key);
      signed.set(said, token);
      return token;
    };
  }

  /** The grant of a token with a right signature, whether or not it has expired. */
  verify(token: string): MediaGrant | undefined {
    const bytes = bytesOf(token);
    const key = bytes && this.keys.find(bytes.readUInt8(0));
    if (!key) return undefined;
    const payload = bytes.subarray(0, PAYLOAD_BYTES);
    if (!timingSafeEqual(mac(key, payload), bytes.subarray(PAYLOAD_BYTES))) return undefined;
    return {
      videoId: uuidText(payload.subarray(VIDEO_AT, VIEWER_AT)),
      viewerId: uuidText(payload.subarray(VIEWER_AT, EXPIRY_AT)),
      expiresAt: new Date(payload.readUInt32BE(EXPIRY_AT) * 1000),
    };
  }

  /** Whether the key that a token names is known here, which one made a moment ago may not be. */
  knowsKeyOf(token: string): boolean {
    const bytes = bytesOf(token);
    return bytes === undefined || this.keys.find(bytes.readUInt8(0)) !== undefined;
  }
}

function expiry(): Date {
  const now = Math.floor(Date.now() / 1000);
  const window = Math.ceil(now / WINDOW_SECONDS) * WINDOW_SECONDS;
  return new Date((window + LIFETIME_SECONDS) * 1000);
}

function signedToken(grant: MediaGrant, keyId: number, key: Buffer): string {
  const payload = Buffer.concat([
    Buffer.from([keyId]),
    uuidBytes(grant.videoId),
    uuidBytes(grant.viewerId),
    Buffer.alloc(4),
  ]);
  payload.writeUInt32BE(Math.floor(grant.expiresAt.getTime() / 1000), EXPIRY_AT);
  return Buffer.concat([payload, mac(key, payload)]).toString('base64url');
}

function bytesOf(token: string): Buffer | undefined {
  const bytes = Buffer.from(token, 'base64url');
  // Decoding is lenient; only the one canonical spelling of a token is good.
  const isWhole = bytes.length === PAYLOAD_BYTES + MAC_BYTES;
  return isWhole && bytes.toString('base64url') === token ? bytes : undefined;
}

function mac(key: Buffer, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(payload).digest();
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
