import { Module } from '@nestjs/common';
import { MissingObjectsService } from './missing-objects.service.js';
import { OrphansService } from './orphans.service.js';
import { PruneService } from './prune.service.js';
import { StoredObjectsRepository } from './stored-objects.repository.js';

/** What keeps storage and database in step, for management commands. */
@Module({
  providers: [MissingObjectsService, OrphansService, PruneService, StoredObjectsRepository],
  exports: [PruneService],
})
export class HousekeepingModule {}
