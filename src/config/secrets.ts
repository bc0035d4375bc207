import { hkdfSync, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Config } from './config.js';

/** What a derived key is for; a key of one purpose is worthless for another. */
export type KeyPurpose =
  | 'access-token'
  | 'csrf-token'
  | 'list-cursor'
  | 'playback-token'
  | 'recovery-code'
  | 'refresh-token'
  | 'source-token'
  | 'stored-secrets'
  | 'upload-address';

/** Keys derived from the one secret of this installation (HKDF-SHA-256, RFC 5869). */
export abstract class Secrets {
  /** 32 bytes bound to `purpose`. */
  abstract key(purpose: KeyPurpose): Buffer;
}

/** `SECRET_KEY`, or a random secret made once and kept in `DATA_DIR/secret.key` (mode 0600). */
export function loadSecrets(config: Pick<Config, 'dataDir' | 'secretKey'>): Secrets {
  const secret = config.secretKey ?? generatedSecret(path.join(config.dataDir, 'secret.key'));
  return { key: (purpose) => deriveKey(secret, purpose) };
}

/** A key of 32 bytes for one purpose, from any secret that is long and random. */
export function deriveKey(secret: string, purpose: KeyPurpose): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `videoflix ${purpose}`, 32));
}

function generatedSecret(file: string): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, randomBytes(32).toString('hex'), { mode: 0o600, flush: true });
  try {
    // link fails where a concurrent start was first: then its secret is the one.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  return readFileSync(file, 'utf8').trim();
}
