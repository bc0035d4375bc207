import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { CommentModeration } from './comments/comment-moderation.service.js';
import { CommentsController } from './comments/comments.controller.js';
import { CommentsRepository } from './comments/comments.repository.js';
import { CommentsService } from './comments/comments.service.js';
import { ContinueWatchingRepository } from './continue-watching.repository.js';
import { ContinueWatchingService } from './continue-watching.service.js';
import { ListEntriesRepository } from './list-entries.repository.js';
import { ListEntry } from './list-entry.entity.js';
import { MineController } from './mine.controller.js';
import { MineRepository } from './mine.repository.js';
import { MineService } from './mine.service.js';
import { MyListController } from './my-list.controller.js';
import { MyListService } from './my-list.service.js';
import { ProgressController } from './progress.controller.js';
import { ProgressService } from './progress.service.js';
import { QualityController } from './quality/quality.controller.js';
import { QualityModule } from './quality/quality.module.js';
import { Reaction } from './reactions/reaction.entity.js';
import { ReactionsController } from './reactions/reactions.controller.js';
import { ReactionsRepository } from './reactions/reactions.repository.js';
import { ReactionsService } from './reactions/reactions.service.js';
import { ViewsModule } from './views/views.module.js';
import { WatchProgress } from './watch-progress.entity.js';
import { WatchProgressRepository } from './watch-progress.repository.js';

/** What everybody has for themselves, and says of videos: progress, list, likes, stars, comments. */
@Module({
  imports: [
    AuditModule,
    CatalogueModule,
    QualityModule,
    TypeOrmModule.forFeature([ListEntry, Reaction, WatchProgress]),
    ViewsModule,
  ],
  controllers: [
    CommentsController,
    MineController,
    MyListController,
    ProgressController,
    QualityController,
    ReactionsController,
  ],
  providers: [
    CommentModeration,
    CommentsRepository,
    CommentsService,
    ContinueWatchingRepository,
    ContinueWatchingService,
    ListEntriesRepository,
    MineRepository,
    MineService,
    MyListService,
    ProgressService,
    ReactionsRepository,
    ReactionsService,
    WatchProgressRepository,
  ],
  exports: [CommentModeration, CommentsService, MyListService, ProgressService, ReactionsService],
})
export class LibraryModule {}
