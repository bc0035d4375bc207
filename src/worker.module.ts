import {
  Injectable,
  Module,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AccountModule } from './account/account.module.js';
import { ErasureService } from './account/erasure.service.js';
import { ExpiredService } from './account/expired.service.js';
import { AuthModule } from './auth/auth.module.js';
import { MailLinksService } from './auth/mail-links/mail-links.service.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { SpentSources } from './catalogue/sources/spent-sources.service.js';
import { DeletedVideosService } from './catalogue/trash/deleted-videos.service.js';
import type { Config } from './config/config.js';
import { CronModule } from './cron/cron.module.js';
import { ScheduleRunsService } from './cron/schedule-runs.service.js';
import { ExportModule } from './export/export.module.js';
import { ExportService } from './export/export.service.js';
import { DemoClipProcessor } from './fixtures/demo-clip.processor.js';
import { DemoUploads } from './fixtures/demo-uploads.js';
import { IngestModule } from './ingest/ingest.module.js';
import { UploadSweep } from './ingest/resumable/upload-sweep.service.js';
import { Trends } from './library/views/trends.service.js';
import { ViewsModule } from './library/views/views.module.js';
import { MailDelivery } from './mail/mail-delivery.service.js';
import { MailModule } from './mail/mail.module.js';
import { PipelineHandlers } from './pipeline/pipeline-handlers.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { JobQueue, type JobHandlers } from './ports/job-queue.js';
import { UsersModule } from './users/users.module.js';

type AccountJob =
  'send-mail' | 'mail-link' | 'remove-demo-guests' | 'erase-accounts' | 'clear-expired';

/** Handlers of the jobs about accounts and their mail. */
@Injectable()
class AccountHandlers {
  constructor(
    private readonly mail: MailDelivery,
    private readonly links: MailLinksService,
    private readonly erasure: ErasureService,
    private readonly expired: ExpiredService,
    private readonly runs: ScheduleRunsService,
  ) {}

  handlers(): Pick<JobHandlers, AccountJob> {
    const { erasure, expired, runs } = this;
    return {
      'send-mail': ({ mail_id: id }, attempt) => this.mail.deliver(id, attempt),
      'mail-link': (request, attempt) => this.links.mail(request, attempt),
      'remove-demo-guests': () =>
        runs.record('remove-demo-guests', () => erasure.removeDemoGuests()),
      'erase-accounts': () => runs.record('erase-accounts', () => erasure.eraseDue()),
      'clear-expired': () => runs.record('clear-expired', () => expired.clear()),
    };
  }
}

type TidyingJob = 'sweep-uploads' | 'purge-deleted-videos' | 'release-spent-sources';

/** Handlers of the jobs that remove what is needed no longer. */
@Injectable()
class TidyingHandlers {
  constructor(
    private readonly deleted: DeletedVideosService,
    private readonly spentSources: SpentSources,
    private readonly uploads: UploadSweep,
    private readonly runs: ScheduleRunsService,
  ) {}

  handlers(): Pick<JobHandlers, TidyingJob> {
    const { deleted, runs, spentSources, uploads } = this;
    return {
      'sweep-uploads': () => runs.record('sweep-uploads', () => uploads.run()),
      'purge-deleted-videos': () => runs.record('purge-deleted-videos', () => deleted.purgeDue()),
      'release-spent-sources': () =>
        runs.record('release-spent-sources', () => spentSources.releaseDue()),
    };
  }
}

/** Handlers of the other jobs that touch no media. */
@Injectable()
class BackgroundHandlers {
  constructor(
    private readonly exports: ExportService,
    private readonly tidying: TidyingHandlers,
    private readonly trends: Trends,
    private readonly runs: ScheduleRunsService,
  ) {}

  handlers(): Pick<JobHandlers, TidyingJob | 'export-video-data' | 'refresh-trends'> {
    const { exports, runs, trends } = this;
    return {
      ...this.tidying.handlers(),
      'export-video-data': () => runs.record('weekly-export', () => exports.toFile()),
      'refresh-trends': () => runs.record('refresh-trends', () => trends.refresh()),
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
    private readonly accounts: AccountHandlers,
    private readonly background: BackgroundHandlers,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.jobs.consume({
      ...this.pipeline.handlers(),
      ...this.accounts.handlers(),
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
        AccountModule,
        AuthModule,
        CatalogueModule,
        CronModule.for({ timeZone: config.timeZone, scheduler: false }),
        ExportModule.for(config),
        IngestModule,
        MailModule,
        PipelineModule.worker(config),
        UsersModule,
        ViewsModule,
      ],
      providers: [
        ...[Worker, AccountHandlers, BackgroundHandlers, TidyingHandlers],
        ...[DemoClipProcessor, DemoUploads],
      ],
    };
  }
}
