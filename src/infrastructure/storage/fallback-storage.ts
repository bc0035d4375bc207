import type { Readable } from 'node:stream';
import { batchesOf, mapAtOnce } from '../../common/batches.js';
import {
  ifFound,
  MediaStorage,
  ObjectNotFoundError,
  type ByteRange,
  type ObjectInfo,
  type OpenedObject,
  type StoredObject,
} from '../../ports/media-storage.js';
import { scratchCopy } from './scratch-copy.js';

const KEYS_AT_A_TIME = 200;
const QUESTIONS_AT_ONCE = 16;

/**
 * Two storages as one, while objects move from the former to the current one: what is written goes to the
 * current one, what is read comes from where it is, and what the current one has counts.
 */
export class FallbackStorage extends MediaStorage {
  constructor(
    private readonly current: MediaStorage,
    private readonly former: MediaStorage,
  ) {
    super();
  }

  override async write(key: string, content: Readable, atMostBytes?: number): Promise<number> {
    return this.current.write(key, content, atMostBytes);
  }

  override async moveIn(key: string, localPath: string): Promise<void> {
    return this.current.moveIn(key, localPath);
  }

  override async read(key: string, range?: ByteRange): Promise<Readable> {
    return this.whereverItIs((storage) => storage.read(key, range));
  }

  override async info(key: string): Promise<ObjectInfo> {
    return this.whereverItIs((storage) => storage.info(key));
  }

  override async open(key: string): Promise<OpenedObject> {
    return this.whereverItIs((storage) => storage.open(key));
  }

  /** Never the former's own file, which may go while somebody works with it. */
  override async localCopy(key: string, scratchDirectory: string): Promise<string> {
    return this.whereverItIs(async (storage) => {
      if (storage === this.current) return storage.localCopy(key, scratchDirectory);
      return scratchCopy(await storage.read(key), key, scratchDirectory);
    });
  }

  /**
   * The former first, in this order everywhere: whoever moves an object looks, when it is in the current
   * storage, whether the former still has it, so nothing that was deleted comes back.
   */
  override async delete(key: string): Promise<void> {
    await this.former.delete(key);
    await this.current.delete(key);
  }

  override async deleteTree(prefix: string): Promise<void> {
    await this.former.deleteTree(prefix);
    await this.current.deleteTree(prefix);
  }

  override async *list(prefix: string): AsyncIterable<string> {
    yield* this.onlyFormer(this.former.list(prefix), (key) => key);
    yield* this.current.list(prefix);
  }

  override async *entries(prefix: string): AsyncIterable<StoredObject> {
    yield* this.onlyFormer(this.former.entries(prefix), ({ key }) => key);
    yield* this.current.entries(prefix);
  }

  override async selfTest(): Promise<void> {
    await this.current.selfTest();
    await this.former.selfTest();
  }

  private async whereverItIs<T>(ask: (storage: MediaStorage) => Promise<T>): Promise<T> {
    // A third question, as it may have moved between the first and the second.
    for (const storage of [this.current, this.former]) {
      try {
        return await ask(storage);
      } catch (error) {
        if (!(error instanceof ObjectNotFoundError)) throw error;
      }
    }
    return ask(this.current);
  }

  /**
   * What the current storage does not have at this moment. It is listed after this, so an object that moves
   * meanwhile may be named twice, but is never missed.
   */
  private async *onlyFormer<T>(
    found: AsyncIterable<T>,
    keyOf: (entry: T) => string,
  ): AsyncIterable<T> {
    for await (const batch of batchesOf(found, KEYS_AT_A_TIME)) {
      const moved = await mapAtOnce(batch, QUESTIONS_AT_ONCE, (entry) =>
        this.hasMoved(keyOf(entry)),
      );
      yield* batch.filter((_, index) => !moved[index]);
    }
  }

  private async hasMoved(key: string): Promise<boolean> {
    return (await ifFound(this.current.info(key))) !== undefined;
  }
}
