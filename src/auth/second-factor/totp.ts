import { Secret, TOTP } from 'otpauth';

/** What authenticators take for granted, and many can do nothing else (RFC 6238 1.2). */
const PARAMETERS = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** 160 bits, as long as the hash (RFC 4226 4). */
const SECRET_BYTES = 20;
/** Time steps a code may be early or late (RFC 6238 5.2). */
const WINDOW = 1;

/** A new secret, in base32. */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/**
 * What an authenticator reads from the QR code.
 *
 * @param account what the authenticator calls the account
 */
export function otpauthUrl(secret: string, account: string): string {
  return new TOTP({ ...PARAMETERS, issuer: 'Videoflix', label: account, secret }).toString();
}

/**
 * The time step a code belongs to; undefined for a wrong code.
 *
 * @param now milliseconds since 1970
 */
export function timeStepOf(secret: string, code: string, now: number): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const { period } = PARAMETERS;
  const delta = TOTP.validate({
    ...PARAMETERS,
    secret: Secret.fromBase32(secret),
    token: code,
    timestamp: now,
    window: WINDOW,
  });
  return delta === null ? undefined : TOTP.counter({ period, timestamp: now }) + delta;
}
