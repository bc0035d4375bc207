import { Module, type DynamicModule } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import type { Config } from '../config/config.js';
import { AnnouncementsService } from './direct/announcements.service.js';
import { CoverEncoder, CoversService } from './direct/covers.service.js';
import { DirectIntakeService } from './direct/direct-intake.service.js';
import { DirectUploadsController } from './direct/direct-uploads.controller.js';
import { ObjectsController } from './direct/objects.controller.js';
import { ObjectsService } from './direct/objects.service.js';
import { UploadedVideosController } from './direct/uploaded-videos.controller.js';
import { UploadedVideosService } from './direct/uploaded-videos.service.js';
import { IngestModule } from './ingest.module.js';
import { MultipartService } from './multipart.service.js';
import { QuotaService } from './quota.service.js';
import { AppendingService } from './resumable/appending.service.js';
import { ResumableSessions } from './resumable/resumable-sessions.service.js';
import { ResumableUploadsController } from './resumable/resumable-uploads.controller.js';
import { TusService } from './resumable/tus.service.js';
import { UploadLimits } from './upload-limits.js';
import { UploadsController } from './uploads.controller.js';
import { UsageController } from './usage.controller.js';

/** The ways a file comes in over HTTP. */
@Module({})
export class UploadsModule {
  static for({ uploads, tools }: Pick<Config, 'uploads' | 'tools'>): DynamicModule {
    const { maxBytes, quotaBytes } = uploads;
    return {
      module: UploadsModule,
      imports: [CatalogueModule, IngestModule],
      controllers: [
        DirectUploadsController,
        ObjectsController,
        ResumableUploadsController,
        UploadedVideosController,
        UploadsController,
        UsageController,
      ],
      providers: [
        AnnouncementsService,
        AppendingService,
        CoversService,
        DirectIntakeService,
        MultipartService,
        ObjectsService,
        QuotaService,
        ResumableSessions,
        TusService,
        UploadedVideosService,
        { provide: CoverEncoder, useFactory: () => new CoverEncoder(tools.ffmpegPath) },
        { provide: UploadLimits, useFactory: () => new UploadLimits(maxBytes, quotaBytes) },
      ],
      exports: [QuotaService],
    };
  }
}
