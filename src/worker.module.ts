import {
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import type { Config } from './config/config.js';
import { CronModule } from './cron/cron.module.js';
import { ScheduleRunsService } from './cron/schedule-runs.service.js';
import { ExportModule } from './export/export.module.js';
import { ExportService } from './export/export.service.js';
import { DemoClipProcessor } from './fixtures/demo-clip.processor.js';
import { DemoUploads } from './fixtures/demo-uploads.js';
import { IngestModule } from './ingest/ingest.module.js';
import { PipelineHandlers } from './pipeline/pipeline-handlers.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { JobQueue, type JobHandlers } from './ports/job-queue.js';
import { Mailer } from './ports/mailer.js';
import { UsersModule } from './users/users.module.js';

/** Handlers of the jobs that touch no media. */
@Injectable()
class BackgroundHandlers {
  constructor(
    private readonly mailer: Mailer,
    private readonly exports: ExportService,
    private readonly runs: ScheduleRunsService,
  ) {}

  handlers(): Pick<JobHandlers, 'send-mail' | 'export-video-data'> {
    return {
      'send-mail': (mail) => this.mailer.send(mail),
      'export-video-data': () => this.runs.record('weekly-export', () => this.exports.toFile()),
    };
  }
}

/** Consumes the queues: one handler for every job, or it does not compile. */
@Injectable()
class Worker implements OnApplicationBootstrap {
  constructor(
    private readonly jobs: JobQueue,
    private readonly pipeline: PipelineHandlers,
    private readonly demoClips: DemoClipProcessor,
    private readonly background: BackgroundHandlers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.consume({
      ...this.pipeline.handlers(),
      ...this.background.handlers(),
      'demo-clip': ({ slug }, { signal }) => this.demoClips.process(slug, signal),
    });
  }
}

/** The worker role. */
@Module({})
export class WorkerModule {
  static for(config: Config): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        CatalogueModule,
        CronModule.for({ timeZone: config.timeZone, scheduler: false }),
        ExportModule.for(config),
        IngestModule,
        PipelineModule.worker(config),
        UsersModule,
      ],
      providers: [Worker, BackgroundHandlers, DemoClipProcessor, DemoUploads],
    };
  }
}
