import { createHmac, timingSafeEqual } from 'node:crypto';

/** Whom a media link was made for, and how long it is good. */
export interface MediaGrant {
  videoId: string;
  viewerId: string;
  expiresAt: Date;
}

const UUID_BYTES = 16;
const PAYLOAD_BYTES = 2 * UUID_BYTES + 4;
const MAC_BYTES = 32;
const LIFETIME_SECONDS = 6 * 3600;
/** Links made within the same window are equal, so that browsers can keep what they loaded. */
const WINDOW_SECONDS = 3600;

/**
 * Signs and checks the token in the path of a media link: video, viewer and expiry in seconds
 * since 1970, followed by their HMAC-SHA-256, in base64url.
 */
export class MediaTokens {
  constructor(private readonly key: Buffer) {}

  /** A grant of at least 6 hours from now. */
  grant(videoId: string, viewerId: string): MediaGrant {
    const now = Math.floor(Date.now() / 1000);
    const window = Math.ceil(now / WINDOW_SECONDS) * WINDOW_SECONDS;
    return { videoId, viewerId, expiresAt: new Date((window + LIFETIME_SECONDS) * 1000) };
  }

  sign(grant: MediaGrant): string {
    const payload = Buffer.concat([
      uuidBytes(grant.videoId),
      uuidBytes(grant.viewerId),
      Buffer.alloc(4),
    ]);
    payload.writeUInt32BE(Math.floor(grant.expiresAt.getTime() / 1000), 2 * UUID_BYTES);
    return Buffer.concat([payload, this.mac(payload)]).toString('base64url');
  }

  /** The grant of a token with a right signature, whether or not it has expired. */
  verify(token: string): MediaGrant | undefined {
    const bytes = Buffer.from(token, 'base64url');
    // Decoding is lenient; only the one canonical spelling of a token is good.
    if (bytes.length !== PAYLOAD_BYTES + MAC_BYTES || bytes.toString('base64url') !== token) {
      return undefined;
    }
    const payload = bytes.subarray(0, PAYLOAD_BYTES);
    if (!timingSafeEqual(this.mac(payload), bytes.subarray(PAYLOAD_BYTES))) return undefined;
    return {
      videoId: uuidText(payload.subarray(0, UUID_BYTES)),
      viewerId: uuidText(payload.subarray(UUID_BYTES, 2 * UUID_BYTES)),
      expiresAt: new Date(payload.readUInt32BE(2 * UUID_BYTES) * 1000),
    };
  }

  private mac(payload: Buffer): Buffer {
    return createHmac('sha256', this.key).update(payload).digest();
  }
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
