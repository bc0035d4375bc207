import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { MediaTokens } from '../common/media-token.js';
import { Secrets } from '../config/secrets.js';
import { Genre } from './genre.entity.js';
import { GenresController } from './genres.controller.js';
import { GenresService } from './genres.service.js';
import { OwnedVideosService } from './owned-videos.service.js';
import { ProcessingRepository } from './processing.repository.js';
import { ProcessingService } from './processing.service.js';
import { Rendition } from './rendition.entity.js';
import { Revision } from './revision.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import { StatusController } from './status.controller.js';
import { StatusEvents } from './status-events.js';
import { StatusService } from './status.service.js';
import { Video } from './video.entity.js';
import { VideoPresenter } from './video.presenter.js';
import { VideosController } from './videos.controller.js';
import { VideosRepository } from './videos.repository.js';
import { VideosService } from './videos.service.js';

@Module({
  imports: [AuditModule, TypeOrmModule.forFeature([Genre, Rendition, Revision, Video])],
  controllers: [GenresController, StatusController, VideosController],
  providers: [
    GenresService,
    OwnedVideosService,
    ProcessingRepository,
    ProcessingService,
    RevisionsRepository,
    StatusEvents,
    StatusService,
    VideoPresenter,
    VideosRepository,
    VideosService,
    {
      provide: MediaTokens,
      inject: [Secrets],
      useFactory: (secrets: Secrets) => new MediaTokens(secrets.key('playback-token')),
    },
  ],
  exports: [
    GenresService,
    MediaTokens,
    OwnedVideosService,
    ProcessingService,
    StatusService,
    VideoPresenter,
    VideosService,
  ],
})
export class CatalogueModule {}
