import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { DataSourceOptions } from 'typeorm';
import type { Config } from '../config/config.js';
import { loadSecrets, Secrets } from '../config/secrets.js';
import { Cache } from '../ports/cache.js';
import { JobQueue } from '../ports/job-queue.js';
import { Mailer } from '../ports/mailer.js';
import { MediaStorage } from '../ports/media-storage.js';
import { ManagedCache } from './cache/managed-cache.js';
import { FileMailer } from './mail/file-mailer.js';
import { SmtpMailer } from './mail/smtp-mailer.js';
import { bullmqOnPostgres, bullmqOnRedis } from './queue/bullmq-factory.js';
import { BullmqJobQueue } from './queue/bullmq-job-queue.js';
import { DiskStorage } from './storage/disk-storage.js';
import { S3Storage } from './storage/s3-storage.js';

/** The one place that chooses an adapter for each port. */
@Global()
@Module({})
export class InfrastructureModule {
  static for(config: Config, database: DataSourceOptions): DynamicModule {
    const { url } = database as { url: string };
    return {
      module: InfrastructureModule,
      imports: [TypeOrmModule.forRoot({ ...database, retryAttempts: 0 })],
      providers: [
        { provide: Secrets, useFactory: () => loadSecrets(config) },
        { provide: MediaStorage, useFactory: () => chooseStorage(config) },
        { provide: JobQueue, useFactory: () => chooseQueue(config, url) },
        { provide: Mailer, useFactory: () => chooseMailer(config) },
        { provide: Cache, useFactory: () => new ManagedCache(config.cache) },
      ],
      exports: [Cache, JobQueue, Mailer, MediaStorage, Secrets],
    };
  }
}

function chooseStorage({ storage }: Config): MediaStorage {
  switch (storage.kind) {
    case 'disk':
      return new DiskStorage(storage.directory);
    case 's3':
      return new S3Storage(storage);
  }
}

function chooseQueue({ queue, encoding }: Config, databaseUrl: string): JobQueue {
  const bullmq = queue.kind === 'redis' ? bullmqOnRedis(queue.url) : bullmqOnPostgres(databaseUrl);
  return new BullmqJobQueue(bullmq, { encode: encoding.concurrency, pipeline: 2, background: 4 });
}

function chooseMailer({ mail }: Config): Mailer {
  switch (mail.kind) {
    case 'file':
      return new FileMailer(mail.directory, mail.from);
    case 'smtp':
      return new SmtpMailer(mail.url, mail.from);
  }
}
