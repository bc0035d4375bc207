import type { FileHandle } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { ObjectInfo } from '../../ports/media-storage.js';

/** Of all that is kept, together. */
const MOST_BYTES = 64 * 1024 ** 2;
/** A segment of the best picture has some two million. */
const LARGEST_BYTES = 4 * 1024 ** 2;

/** How many keys are remembered that were asked for, and for how long. */
const MOST_ASKED = 10_000;
const ASKED_MILLISECONDS = 60_000;

/** What is being read into memory at once; whoever asks meanwhile reads the file. */
const MOST_READING = 8;

/** The bytes of an object in one version. */
export interface HotObject {
  etag: string;
  bytes: Buffer;
}

/**
 * Small objects that are asked for again within a minute, such as the segments of what many people watch
 * together: they stay in memory, from where they are sent without opening and reading a file each time.
 */
export class HotObjects {
  private readonly objects = new LRUCache<string, HotObject>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ bytes }, key) => bytes.length + key.length,
  });
  private readonly asked = new LRUCache<string, string>({
    max: MOST_ASKED,
    ttl: ASKED_MILLISECONDS,
  });
  private readonly reading = new Set<string>();

  /** As it was when it was kept: it may have changed since. */
  find(key: string): HotObject | undefined {
    return this.objects.get(key);
  }

  /** The bytes of an open file, if it is one to be kept. */
  async keep(
    key: string,
    { etag, sizeBytes }: ObjectInfo,
    handle: FileHandle,
  ): Promise<Buffer | undefined> {
    if (sizeBytes === 0 || sizeBytes > LARGEST_BYTES) return undefined;
    const isAskedAgain = this.asked.get(key) === etag;
    this.asked.set(key, etag);
    if (!isAskedAgain || this.reading.has(key) || this.reading.size >= MOST_READING) {
      return undefined;
    }
    this.reading.add(key);
    try {
      const bytes = await handle.readFile();
      this.objects.set(key, { etag, bytes });
      return bytes;
    } finally {
      this.reading.delete(key);
    }
  }
}
