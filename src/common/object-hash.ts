import { createHash, type Hash } from 'node:crypto';
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

/** Passes bytes on, and hashes them on their way. */
export async function* hashed(content: AsyncIterable<Buffer>, hash: Hash): AsyncIterable<Buffer> {
  for await (const chunk of content) {
    hash.update(chunk);
    yield chunk;
  }
}
