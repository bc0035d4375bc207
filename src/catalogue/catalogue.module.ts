import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from '../audit/audit.module.js';
import { MediaTokens } from '../common/media-token.js';
import { Secrets } from '../config/secrets.js';
import { CachedAnswers } from './caching/cached-answers.interceptor.js';
import { CatalogueCache } from './caching/catalogue-cache.service.js';
import { VideoChangesController } from './changes/video-changes.controller.js';
import { VideoChangesService } from './changes/video-changes.service.js';
import { MediaKeyring } from '../media-keys/media-keyring.service.js';
import { MediaKeysModule } from '../media-keys/media-keys.module.js';
import { EncoderLoad } from './encoder-load.service.js';
import { Genre } from './genre.entity.js';
import { GenresController } from './genres.controller.js';
import { GenresService } from './genres.service.js';
import { HandoverService } from './handover.service.js';
import { IntakeService } from './intake.service.js';
import { Cursors } from './listing/cursors.js';
import { ListingController } from './listing/listing.controller.js';
import { ListingRepository } from './listing/listing.repository.js';
import { ListingService } from './listing/listing.service.js';
import { SearchRepository } from './listing/search.repository.js';
import { ShelvesRepository } from './listing/shelves.repository.js';
import { ShelvesService } from './listing/shelves.service.js';
import { OwnedVideosService } from './owned-videos.service.js';
import { ProcessingRepository } from './processing.repository.js';
import { ProcessingService } from './processing.service.js';
import { Rendition } from './rendition.entity.js';
import { Revision } from './revision.entity.js';
import { RevisionsRepository } from './revisions.repository.js';
import { EpisodesService } from './series/episodes.service.js';
import { Series } from './series/series.entity.js';
import { SeriesController } from './series/series.controller.js';
import { SeriesRepository } from './series/series.repository.js';
import { SeriesService } from './series/series.service.js';
import { ReuseJob } from './sources/reuse-job.entity.js';
import { ReuseJobsRepository } from './sources/reuse-jobs.repository.js';
import { ReuseJobsService } from './sources/reuse-jobs.service.js';
import { SourceLibraryController } from './sources/source-library.controller.js';
import { SourceLibraryRepository } from './sources/source-library.repository.js';
import { SourceLibraryService } from './sources/source-library.service.js';
import { SourceTokens } from './sources/source-tokens.js';
import { SourcePresenter } from './sources/source.presenter.js';
import { SourcesRepository } from './sources/sources.repository.js';
import { SpentSources } from './sources/spent-sources.service.js';
import { SourcesService } from './sources/sources.service.js';
import { ShownVideosRepository } from './shown-videos.repository.js';
import { StatusController } from './status.controller.js';
import { StatusEvents } from './status-events.js';
import { StatusService } from './status.service.js';
import { StreamingRightsRepository } from './streaming-rights.repository.js';
import { StreamingRights } from './streaming-rights.service.js';
import { StorageUsageService } from './storage-usage.service.js';
import { DeletedVideosRepository } from './trash/deleted-videos.repository.js';
import { DeletedVideosService } from './trash/deleted-videos.service.js';
import { VideoStats } from './video-stats.entity.js';
import { VideoFiles } from './video-files.service.js';
import { Video } from './video.entity.js';
import { VideoPresenter } from './video.presenter.js';
import { VideosController } from './videos.controller.js';
import { VideosRepository } from './videos.repository.js';
import { VideosService } from './videos.service.js';

@Module({
  imports: [
    AuditModule,
    MediaKeysModule,
    TypeOrmModule.forFeature([Genre, Rendition, ReuseJob, Revision, Series, Video, VideoStats]),
  ],
  // Before the routes of one video, whose id could stand where `s3-videos` does.
  controllers: [
    SourceLibraryController,
    ListingController,
    GenresController,
    SeriesController,
    StatusController,
    VideoChangesController,
    VideosController,
  ],
  providers: [
    CachedAnswers,
    CatalogueCache,
    DeletedVideosRepository,
    DeletedVideosService,
    EncoderLoad,
    EpisodesService,
    GenresService,
    HandoverService,
    IntakeService,
    ListingRepository,
    ListingService,
    OwnedVideosService,
    ProcessingRepository,
    ProcessingService,
    ReuseJobsRepository,
    ReuseJobsService,
    RevisionsRepository,
    SearchRepository,
    SeriesRepository,
    SeriesService,
    ShelvesRepository,
    ShelvesService,
    ShownVideosRepository,
    SourceLibraryRepository,
    SourceLibraryService,
    SourcePresenter,
    SourcesRepository,
    SourcesService,
    SpentSources,
    StatusEvents,
    StatusService,
    StorageUsageService,
    VideoChangesService,
    StreamingRights,
    StreamingRightsRepository,
    VideoFiles,
    VideoPresenter,
    VideosRepository,
    VideosService,
    {
      provide: Cursors,
      inject: [Secrets],
      useFactory: (secrets: Secrets) => new Cursors(secrets.key('list-cursor')),
    },
    {
      provide: MediaTokens,
      inject: [MediaKeyring],
      useFactory: (keys: MediaKeyring) => new MediaTokens(keys.keysFor('playback-token')),
    },
    {
      provide: SourceTokens,
      inject: [MediaKeyring],
      useFactory: (keys: MediaKeyring) => new SourceTokens(keys.keysFor('source-token')),
    },
  ],
  exports: [
    DeletedVideosService,
    EncoderLoad,
    EpisodesService,
    GenresService,
    HandoverService,
    IntakeService,
    MediaTokens,
    OwnedVideosService,
    ProcessingService,
    ReuseJobsService,
    SourcePresenter,
    SourceTokens,
    SourcesService,
    SpentSources,
    StatusService,
    StorageUsageService,
    StreamingRights,
    VideoPresenter,
    VideosService,
  ],
})
export class CatalogueModule {}
