import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { ListEntriesRepository } from './list-entries.repository.js';
import { ListEntry } from './list-entry.entity.js';
import { MyListController } from './my-list.controller.js';
import { MyListService } from './my-list.service.js';
import { ProgressController } from './progress.controller.js';
import { ProgressService } from './progress.service.js';
import { WatchProgress } from './watch-progress.entity.js';
import { WatchProgressRepository } from './watch-progress.repository.js';

/** What everybody has for themselves: how far they are, what they have watched, their list. */
@Module({
  imports: [CatalogueModule, TypeOrmModule.forFeature([ListEntry, WatchProgress])],
  controllers: [MyListController, ProgressController],
  providers: [ListEntriesRepository, MyListService, ProgressService, WatchProgressRepository],
  exports: [MyListService, ProgressService],
})
export class LibraryModule {}
