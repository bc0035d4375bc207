import { hash, verify } from '@node-rs/argon2';

/** OWASP's minimum for Argon2id, the library's default algorithm; memory in KiB. */
const PARAMETERS = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;

/** A hash of a password nobody has, so that an unknown account costs as much as a known one. */
let decoy: Promise<string> | undefined;

/** The password's Argon2id hash in PHC string format. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, PARAMETERS);
}

/** False for a wrong password and, after the same work, for an account that does not exist. */
export async function verifyPassword(
  passwordHash: string | undefined,
  password: string,
): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password');
  const matches = await verify(passwordHash ?? (await decoy), password);
  return matches && passwordHash !== undefined;
}
