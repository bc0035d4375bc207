import { Module, type DynamicModule } from '@nestjs/common';
import { AuthModule } from './auth/auth.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import type { Config, Role } from './config/config.js';
import { CronModule } from './cron/cron.module.js';
import { ENTITIES } from './entities.js';
import { ExportModule } from './export/export.module.js';
import { FixturesModule } from './fixtures/fixtures.module.js';
import { HealthModule } from './health/health.module.js';
import { dataSourceOptions } from './infrastructure/database/data-source-options.js';
import { InfrastructureModule } from './infrastructure/infrastructure.module.js';
import { UploadsModule } from './ingest/uploads.module.js';
import { PipelineModule } from './pipeline/pipeline.module.js';
import { PlaybackModule } from './playback/playback.module.js';
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
        ExportModule.for(config),
        FixturesModule,
        HealthModule.for(config.tools),
        UsersModule,
      ],
    };
  }
}

const ROLES: Readonly<Record<Role, (config: Config) => Imports>> = {
  api: (config) => [
    AuthModule.for({ appUrl: config.appUrl, uploadsBy: config.uploads.by }),
    CatalogueModule,
    UploadsModule.for(config.uploads),
    PlaybackModule,
  ],
  worker: (config) => [WorkerModule.for(config)],
  scheduler: (config) => [
    CronModule.for({ timeZone: config.timeZone, scheduler: true }),
    PipelineModule.sweeper(),
  ],
};
