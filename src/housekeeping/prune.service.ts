import { Injectable } from '@nestjs/common';
import { batchesOf, mapAtOnce } from '../common/batches.js';
import { MediaStorage, type StoredObject } from '../ports/media-storage.js';
import { MissingObjectsService, type MissingObject } from './missing-objects.service.js';
import { OrphansService } from './orphans.service.js';

const OBJECTS_AT_A_TIME = 1000;
const DELETIONS_AT_ONCE = 16;

export interface PruneOptions {
  /** Only look. */
  dryRun: boolean;
  /** What was written later may be on its way to a row. */
  writtenBefore: Date;
}

/** Where findings go while they are found. */
export interface PruneReport {
  orphan(object: StoredObject): void;
  missing(object: MissingObject): void;
}

/** Brings storage and database back into step: removes objects that no row knows, and tells which rows lack theirs. */
@Injectable()
export class PruneService {
  constructor(
    private readonly storage: MediaStorage,
    private readonly orphans: OrphansService,
    private readonly missing: MissingObjectsService,
  ) {}

  /** May be cut short at any moment and run again. Rows stay as they are: what is missing may come back. */
  async prune({ dryRun, writtenBefore }: PruneOptions, report: PruneReport): Promise<void> {
    for await (const objects of batchesOf(this.storage.entries(''), OBJECTS_AT_A_TIME)) {
      const old = objects.filter(({ modifiedAt }) => modifiedAt < writtenBefore);
      await mapAtOnce(await this.orphans.among(old), DELETIONS_AT_ONCE, async (object) => {
        if (!dryRun) await this.storage.delete(object.key);
        report.orphan(object);
      });
    }
    for await (const object of this.missing.find()) report.missing(object);
  }
}
