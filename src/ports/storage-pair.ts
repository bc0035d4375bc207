import type { MediaStorage } from './media-storage.js';

/** While objects move from one storage to another: where they go, and where those are that have not moved yet. */
export abstract class StoragePair {
  /** Takes what is written. */
  abstract readonly current: MediaStorage;
  /** Has what was written before; undefined when nothing is to move. */
  abstract readonly former: MediaStorage | undefined;
}
