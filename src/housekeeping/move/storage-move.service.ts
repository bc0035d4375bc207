import { Injectable } from '@nestjs/common';
import { batchesOf, mapAtOnce } from '../../common/batches.js';
import { describeKey, uploadKeysOf } from '../../media/stored-object.js';
import type { MediaStorage, StoredObject } from '../../ports/media-storage.js';
import { StoragePair } from '../../ports/storage-pair.js';
import { moveObject, type MoveOutcome } from './move-object.js';
import { MovingRepository } from './moving.repository.js';

const OBJECTS_AT_A_TIME = 200;
const MOVES_AT_ONCE = 4;

/** Of objects that were moved, and of those that were not. */
export type MoveTally = Record<MoveOutcome | 'busy', number> & { movedBytes: number };

type Step = (object: StoredObject, outcome: MoveOutcome | 'busy') => void;

/** Moves what the former storage has to the current one, beside a running server. */
@Injectable()
export class StorageMoveService {
  constructor(
    private readonly storages: StoragePair,
    private readonly moving: MovingRepository,
  ) {}

  /**
   * Objects of uploads and videos that are in progress stay for the next time.
   *
   * @returns undefined when another process is at it
   */
  async move(onStep: Step): Promise<MoveTally | undefined> {
    const { current: to, former: from } = this.storages;
    if (!from) throw new Error('there is no storage to move from');
    const tally: MoveTally = {
      ...{ moved: 0, movedBytes: 0, gone: 0 },
      ...{ changed: 0, differs: 0, spoiled: 0, busy: 0 },
    };
    const count: Step = (object, outcome) => {
      tally[outcome] += 1;
      if (outcome === 'moved') tally.movedBytes += object.sizeBytes;
      onStep(object, outcome);
    };
    return this.moving.alone(async (stillAlone) => {
      for await (const objects of batchesOf(ours(from), OBJECTS_AT_A_TIME)) {
        await mapAtOnce(objects, MOVES_AT_ONCE, async (object) => {
          // Asked for each: those before it may have taken hours.
          const mayMove = await this.letGo(object.key);
          const outcome = mayMove && (await moveObject(object.key, { from, to }, stillAlone));
          count(object, outcome || 'busy');
        });
      }
      return tally;
    });
  }

  private async letGo(key: string): Promise<boolean> {
    if (key.startsWith('uploads/')) return this.moving.letGo(uploadKeysOf(key));
    const facts = describeKey(key);
    return facts?.kind !== 'output' || !(await this.moving.isBusy(facts.videoId));
  }
}

/** What the platform has put there; a bucket may hold things of others. */
async function* ours(storage: MediaStorage): AsyncIterable<StoredObject> {
  for await (const object of storage.entries('')) {
    const facts = describeKey(object.key);
    if (facts && facts.kind !== 'probe') yield object;
  }
}
