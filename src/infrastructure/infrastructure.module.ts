import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { SecretBox } from '../common/secret-box.js';
import { UploadTokens } from '../common/upload-token.js';
import { AccountsConfig, ServicesConfig, type Config } from '../config/config.js';
import { loadSecrets, Secrets } from '../config/secrets.js';
import { Cache } from '../ports/cache.js';
import { DirectUploads } from '../ports/direct-uploads.js';
import { JobQueue } from '../ports/job-queue.js';
import { Locks } from '../ports/locks.js';
import { Mailer } from '../ports/mailer.js';
import { MediaStorage } from '../ports/media-storage.js';
import { RateLimiter } from '../ports/rate-limiter.js';
import { ResumableUploads } from '../ports/resumable-uploads.js';
import { ManagedCache } from './cache/managed-cache.js';
import { PostgresLocks } from './locks/postgres-locks.js';
import { FileMailer } from './mail/file-mailer.js';
import { SmtpMailer } from './mail/smtp-mailer.js';
import { bullmqOnPostgres, bullmqOnRedis } from './queue/bullmq-factory.js';
import { BullmqJobQueue } from './queue/bullmq-job-queue.js';
import { postgresRateLimiter } from './rate-limiter/postgres-rate-limiter.js';
import { redisRateLimiter } from './rate-limiter/redis-rate-limiter.js';
import { DiskDirectUploads } from './storage/disk-direct-uploads.js';
import { DiskResumableUploads } from './storage/disk-resumable-uploads.js';
import { DiskStorage } from './storage/disk-storage.js';
import { S3DirectUploads } from './storage/s3-direct-uploads.js';
import { S3ResumableUploads } from './storage/s3-resumable-uploads.js';
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
        {
          provide: SecretBox,
          inject: [Secrets],
          useFactory: (secrets: Secrets) => new SecretBox(secrets.key('stored-secrets')),
        },
        { provide: AccountsConfig, useValue: config.accounts },
        { provide: ServicesConfig, useValue: config.services },
        { provide: MediaStorage, useFactory: () => chooseStorage(config) },
        {
          provide: DirectUploads,
          inject: [Secrets],
          useFactory: (secrets: Secrets) => chooseDirectUploads(config, secrets),
        },
        {
          provide: ResumableUploads,
          inject: [MediaStorage, DirectUploads],
          useFactory: (storage: MediaStorage, directUploads: DirectUploads) =>
            chooseResumableUploads(config, storage, directUploads),
        },
        { provide: Locks, useFactory: () => new PostgresLocks(url) },
        { provide: JobQueue, useFactory: () => chooseQueue(config, url) },
        { provide: Mailer, useFactory: () => chooseMailer(config) },
        { provide: Cache, useFactory: () => new ManagedCache(config.cache) },
        {
          provide: RateLimiter,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => chooseRateLimiter(config, dataSource),
        },
      ],
      exports: [
        ...[AccountsConfig, Cache, DirectUploads, JobQueue, Locks, Mailer, MediaStorage],
        ...[RateLimiter, ResumableUploads, SecretBox, Secrets, ServicesConfig],
      ],
    };
  }
}

function chooseStorage({ storage, appUrl }: Config): MediaStorage {
  switch (storage.kind) {
    case 'disk':
      return new DiskStorage(storage.directory);
    case 's3':
      return new S3Storage(storage, new URL(appUrl).origin);
  }
}

function chooseDirectUploads({ storage }: Config, secrets: Secrets): DirectUploads {
  switch (storage.kind) {
    case 'disk': {
      const tokens = new UploadTokens(secrets.key('upload-address'));
      return new DiskDirectUploads(storage.directory, tokens);
    }
    case 's3':
      return new S3DirectUploads(storage);
  }
}

function chooseResumableUploads(
  { storage: config }: Config,
  storage: MediaStorage,
  directUploads: DirectUploads,
): ResumableUploads {
  switch (config.kind) {
    case 'disk':
      return new DiskResumableUploads(config.directory);
    case 's3':
      return new S3ResumableUploads(config, storage, directUploads);
  }
}

function chooseQueue({ queue, encoding }: Config, databaseUrl: string): JobQueue {
  const bullmq = queue.kind === 'redis' ? bullmqOnRedis(queue.url) : bullmqOnPostgres(databaseUrl);
  return new BullmqJobQueue(bullmq, {
    first: 4,
    encode: encoding.concurrency,
    pipeline: 2,
    background: 4,
  });
}

function chooseMailer({ mail }: Config): Mailer {
  switch (mail.kind) {
    case 'file':
      return new FileMailer(mail.directory, mail.from);
    case 'smtp':
      return new SmtpMailer(mail.url, mail.from);
  }
}

/** Counts are shared where processes already share something: in Redis, or else in the database. */
function chooseRateLimiter(
  { cache }: Config,
  dataSource: DataSource,
): RateLimiter | Promise<RateLimiter> {
  return cache.kind === 'redis' ? redisRateLimiter(cache.url) : postgresRateLimiter(dataSource);
}
