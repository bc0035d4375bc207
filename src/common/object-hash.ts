import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { MediaStorage } from '../ports/media-storage.js';

/**
 * SHA-256 of a stored object, lower-case hex; all of it is read.
 *
 * @throws ObjectNotFoundError
 */
export async function sha256Of(storage: MediaStorage, key: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(await storage.read(key), hash);
  return hash.digest('hex');
}

/** Hashes the bytes of a stream whenever somebody reads it. */
export function hashed(content: Readable, hash: Hash): Readable {
  // A stream that is not paused flows for whoever listens first.
  return content.pause().on('data', (chunk: Buffer) => hash.update(chunk));
}
