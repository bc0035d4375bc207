/** How long the bytes of an upload are kept that nobody finishes. */
export const SESSION_MILLISECONDS = 7 * 24 * 3_600_000;

/** When an upload that begins now expires. */
export function expiryFromNow(): Date {
  return new Date(Date.now() + SESSION_MILLISECONDS);
}
