import type { Readable } from 'node:stream';

/**
 * Takes charge of a stream while it is stored: one that fails before anybody reads it must not end
 * the process, and one that is not read to its end must not stay open.
 */
export async function withSource<T>(content: Readable, store: () => Promise<T>): Promise<T> {
  content.on('error', () => undefined);
  try {
    return await store();
  } finally {
    content.destroy();
  }
}
