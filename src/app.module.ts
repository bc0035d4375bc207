import { Module, type DynamicModule } from '@nestjs/common';
import { AccountApiModule } from './account/account-api.module.js';
import { AccountModule } from './account/account.module.js';
import { AdminModule } from './admin/admin.module.js';
import { AuthApiModule } from './auth/auth-api.module.js';
import { AuthModule } from './auth/auth.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import type { Config, Role } from './config/config.js';
import { CronModule } from './cron/cron.module.js';
import { DeletionModule } from './deletion/deletion.module.js';
import { ENTITIES } from './entities.js';
import { ExportModule } from './export/export.module.js';
import { FixturesModule } from './fixtures/fixtures.module.js';
import { HealthModule } from './health/health.module.js';
import { dataSourceOptions } from './infrastructure/database/data-source-options.js';
import { HousekeepingModule } from './housekeeping/housekeeping.module.js';
import { InfrastructureModule } from './infrastructure/infrastructure.module.js';
import { UploadsModule } from './ingest/uploads.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { LibraryModule } from './library/library.module.js';
import { MailModule } from './mail/mail.module.js';
import { MediaKeysModule } from './media-keys/media-keys.module.js';
import { ControlApiModule, ControlModule } from './pipeline/control.module.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { PlaybackModule } from './playback/playback.module.js';
import { ServiceKeysModule } from './service-keys/service-keys.module.js';
import { SubtitlesApiModule } from './subtitles/subtitles.module.js';
import { TranscodersModule } from './transcoders/transcoders.module.js';
import { UsersModule } from './users/users.module.js';
import { WorkerModule } from './worker.module.js';

type Imports = NonNullable<DynamicModule['imports']>;

/** The composition root: what each role is made of. */
@Module({})
export class AppModule {
  /** @param databaseUrl the database that was opened for this process */
  static for(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        InfrastructureModule.for(config, dataSourceOptions(databaseUrl, [...ENTITIES])),
        ...[...config.roles].flatMap((role) => ROLES[role](config)),
        FixturesModule,
        AuthModule,
        UsersModule,
        HealthModule.for(config.tools),
      ],
    };
  }

  /** What management commands work with: no HTTP server, no worker, no scheduler. */
  static forCommands(config: Config, databaseUrl: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        InfrastructureModule.for(config, dataSourceOptions(databaseUrl, [...ENTITIES])),
        AccountModule,
        AuthModule,
        ControlModule,
        ExportModule.for(config),
        FixturesModule,
        MailModule,
        HealthModule.for(config.tools),
        HousekeepingModule,
        MediaKeysModule,
        ServiceKeysModule,
        UsersModule,
      ],
    };
  }
}

const ROLES: Readonly<Record<Role, (config: Config) => Imports>> = {
  api: (config) => {
    const uploads = UploadsModule.for(config);
    return [
      AccountApiModule.for(config.tools),
      AdminModule,
      AuthApiModule,
      CatalogueModule,
      ControlApiModule,
      DeletionModule.with(uploads),
      uploads,
      JobsModule.with(uploads),
      LibraryModule,
      PlaybackModule,
      SubtitlesApiModule,
      TranscodersModule,
    ];
  },
  worker: (config) => [WorkerModule.for(config)],
  scheduler: (config) => [
    CronModule.for({ timeZone: config.timeZone, scheduler: true }),
    MailModule.sweeper(),
    PipelineModule.sweeper(),
  ],
};
