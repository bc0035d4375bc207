import { Module } from '@nestjs/common';
import { MissingObjectsService } from './missing-objects.service.js';
import { MovingRepository } from './move/moving.repository.js';
import { StorageMoveService } from './move/storage-move.service.js';
import { OrphansService } from './orphans.service.js';
import { PruneService } from './prune.service.js';
import { StoredObjectsRepository } from './stored-objects.repository.js';
import { UsageReport } from './usage-report.service.js';
import { UsageRepository } from './usage.repository.js';

/** What keeps storage and database in step, for management commands. */
@Module({
  providers: [
    MissingObjectsService,
    MovingRepository,
    OrphansService,
    PruneService,
    StorageMoveService,
    StoredObjectsRepository,
    UsageReport,
    UsageRepository,
  ],
  exports: [PruneService, StorageMoveService, UsageReport],
})
export class HousekeepingModule {}
