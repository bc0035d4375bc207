import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { MediaStorage } from '../../ports/media-storage.js';

const PREFIX = 'self-test/';
const CONTENT = 'videoflix';

/** Does once, with an object of its own, everything the platform asks of a storage. */
export async function probeStorage(storage: MediaStorage): Promise<void> {
  const key = PREFIX + randomUUID();
  await storage.write(key, Readable.from([CONTENT]));
  try {
    await compare(storage, key);
  } catch (error) {
    await storage.delete(key).catch(() => undefined);
    throw error;
  }
  await storage.delete(key);
}

async function compare(storage: MediaStorage, key: string): Promise<void> {
  const whole = await text(await storage.read(key));
  const part = await text(await storage.read(key, { start: 1, end: 3 }));
  if (whole !== CONTENT || part !== CONTENT.slice(1, 4)) {
    throw new Error('what was written is not what is read back');
  }
  for await (const listed of storage.list(PREFIX)) if (listed === key) return;
  throw new Error('what was written is not listed');
}
