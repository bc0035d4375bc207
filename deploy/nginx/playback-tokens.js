// Checks the token of a playback link with njs, as src/common/media-token.ts makes it: number of the key
// (1 byte), video and viewer (16 each), expiry in seconds since 1970 (4), HMAC-SHA-256 (32), in base64url.
// The keys are read at each request, so a new one counts without a reload.

import crypto from 'crypto';
import fs from 'fs';

const PAYLOAD_BYTES = 37;
const EXPIRY_AT = 33;
const TOKEN_BYTES = PAYLOAD_BYTES + 32;

/** `good`, `expired` or `invalid`. */
function state(r) {
  const token = r.variables.playback_link || '';
  const bytes = Buffer.from(token, 'base64url');
  // Decoding is lenient; only the one canonical spelling of a token is good.
  if (bytes.length !== TOKEN_BYTES || bytes.toString('base64url') !== token) return 'invalid';
  const key = JSON.parse(fs.readFileSync(r.variables.playback_keys_file, 'utf8'))[bytes[0]];
  if (key === undefined) return 'invalid';
  const payload = bytes.slice(0, PAYLOAD_BYTES);
  const mac = crypto.createHmac('sha256', Buffer.from(key, 'hex')).update(payload).digest();
  if (!areEqual(mac, bytes.slice(PAYLOAD_BYTES))) return 'invalid';
  return bytes.readUInt32BE(EXPIRY_AT) * 1000 >= Date.now() ? 'good' : 'expired';
}

/** The id of the video, under which its bytes are kept for all viewers. */
function video(r) {
  return Buffer.from(r.variables.playback_link || '', 'base64url')
    .slice(1, 17)
    .toString('hex');
}

/** Takes as long wherever they differ. */
function areEqual(one, other) {
  let difference = one.length ^ other.length;
  for (let at = 0; at < one.length; at += 1) difference |= one[at] ^ other[at];
  return difference === 0;
}

export default { state, video };
