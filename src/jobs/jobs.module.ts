import { Module, type DynamicModule } from '@nestjs/common';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { IngestModule } from '../ingest/ingest.module.js';
import { ControlModule } from '../pipeline/control.module.js';
import { SubtitlesModule } from '../subtitles/subtitles.module.js';
import { JobCreation } from './job-creation.service.js';
import { JobsController } from './jobs.controller.js';
import { JobsService } from './jobs.service.js';

/** Further videos made of files that were uploaded before. */
@Module({})
export class JobsModule {
  /** @param uploads the configured module of uploads, whose quota counts here too */
  static with(uploads: DynamicModule): DynamicModule {
    return {
      module: JobsModule,
      imports: [CatalogueModule, ControlModule, IngestModule, SubtitlesModule, uploads],
      controllers: [JobsController],
      providers: [JobCreation, JobsService],
    };
  }
}
