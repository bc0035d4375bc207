import type { Readable } from 'node:stream';

/** Facts about a stored object. */
export interface ObjectInfo {
  sizeBytes: number;
  /** Changes whenever the bytes change; quoted as in an HTTP ETag. */
  etag: string;
  modifiedAt: Date;
}

/** One object of a listing. */
export interface StoredObject {
  key: string;
  sizeBytes: number;
  modifiedAt: Date;
}

/** First and last byte, both included. */
export interface ByteRange {
  start: number;
  end: number;
}

/** An object that can be read once its facts are known. Whoever opened it reads it or closes it. */
export interface OpenedObject extends ObjectInfo {
  read(range?: ByteRange): Promise<Readable>;
  close(): Promise<void>;
}

/** No object has this key. */
export class ObjectNotFoundError extends Error {
  override readonly name = 'ObjectNotFoundError';
}

/** The storage does not answer, or not in time: the same call may succeed later. */
export class StorageUnavailableError extends Error {
  override readonly name = 'StorageUnavailableError';
}

/** The storage answers that it will not do it, which stays so until somebody changes its settings. */
export abstract class StorageRefusedError extends Error {}

/** The storage has no room left for what was to be written. */
export class StorageFullError extends Error {
  override readonly name = 'StorageFullError';
}

/** What was asked of the storage; undefined when no object has the key. */
export async function ifFound<T>(result: Promise<T>): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) return undefined;
    throw error;
  }
}

/** What was asked of the storage; rejects with the caller's own error when no object has the key. */
export async function foundOr<T>(result: Promise<T>, notFound: () => Error): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw notFound();
    throw error;
  }
}

/**
 * Objects under keys such as `videos/{video}/{revision}/v720p/init.mp4`.
 * A write is seen whole or not at all; deleting what is not there is no error. Every call may reject
 * with a {@link StorageUnavailableError}, and one that writes with a {@link StorageFullError}.
 */
export abstract class MediaStorage {
  /**
   * Streams an object in; a stream that fails leaves nothing behind.
   *
   * @param atMostBytes how long the content may be; some storages have to know it of what is longer than 48 GiB
   * @returns its size in bytes
   */
  abstract write(key: string, content: Readable, atMostBytes?: number): Promise<number>;

  /** Moves a local file in; the file is gone afterwards. */
  abstract moveIn(key: string, localPath: string): Promise<void>;

  /** @throws ObjectNotFoundError */
  abstract read(key: string, range?: ByteRange): Promise<Readable>;

  /** @throws ObjectNotFoundError */
  abstract info(key: string): Promise<ObjectInfo>;

  /**
   * Both in one: a storage that can reads the very object it told the facts of.
   *
   * @throws ObjectNotFoundError
   */
  async open(key: string): Promise<OpenedObject> {
    const info = await this.info(key);
    return { ...info, read: (range) => this.read(key, range), close: () => Promise.resolve() };
  }

  /**
   * A path where ffmpeg can read the object: the stored file itself, or a copy made in
   * `scratchDirectory`. Never written to.
   *
   * @throws ObjectNotFoundError
   */
  abstract localCopy(key: string, scratchDirectory: string): Promise<string>;

  abstract delete(key: string): Promise<void>;

  /** Deletes every object whose key starts with `prefix`, which must end in `/`. */
  abstract deleteTree(prefix: string): Promise<void>;

  /** Keys that start with `prefix`, which must end in `/` or be empty; in no promised order. */
  abstract list(prefix: string): AsyncIterable<string>;

  /** The same with what is known of each object; as many as there are, a few at a time in memory. */
  abstract entries(prefix: string): AsyncIterable<StoredObject>;

  /** Writes, reads and deletes probe objects; rejects with the reason, in one sentence, when that fails. */
  abstract selfTest(): Promise<void>;
}
