import path from 'node:path';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Scratch } from '../common/scratch.js';
import { SecretBox } from '../common/secret-box.js';
import { UploadTokens } from '../common/upload-token.js';
import {
  AccountsConfig,
  CommentsConfig,
  PlaybackConfig,
  ServicesConfig,
  UploadsConfig,
  type Config,
  type StorageConfig,
} from '../config/config.js';
import { loadSecrets, Secrets } from '../config/secrets.js';
import { Cache } from '../ports/cache.js';
import { DirectDownloads } from '../ports/direct-downloads.js';
import { DirectUploads } from '../ports/direct-uploads.js';
import { JobQueue } from '../ports/job-queue.js';
import { Locks } from '../ports/locks.js';
import { Mailer } from '../ports/mailer.js';
import { MediaStorage } from '../ports/media-storage.js';
import { RateLimiter } from '../ports/rate-limiter.js';
import { ResumableUploads } from '../ports/resumable-uploads.js';
import { StoragePair } from '../ports/storage-pair.js';
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
import { FallbackDirectDownloads } from './storage/fallback-direct-downloads.js';
import { FallbackDirectUploads } from './storage/fallback-direct-uploads.js';
import { FallbackResumableUploads } from './storage/fallback-resumable-uploads.js';
import { FallbackStorage } from './storage/fallback-storage.js';
import { NoDirectDownloads } from './storage/no-direct-downloads.js';
import { ProxyDownloads } from './storage/proxy-downloads.js';
import { S3DirectDownloads } from './storage/s3-direct-downloads.js';
import { S3DirectUploads } from './storage/s3-direct-uploads.js';
import { S3ResumableUploads } from './storage/s3-resumable-uploads.js';
import { S3Storage, type BrowserAccess } from './storage/s3-storage.js';

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
        { provide: Scratch, useFactory: () => new Scratch(path.join(config.dataDir, 'scratch')) },
        { provide: Secrets, useFactory: () => loadSecrets(config) },
        {
          provide: SecretBox,
          inject: [Secrets],
          useFactory: (secrets: Secrets) => new SecretBox(secrets.key('stored-secrets')),
        },
        { provide: AccountsConfig, useValue: config.accounts },
        { provide: CommentsConfig, useValue: config.comments },
        { provide: PlaybackConfig, useValue: config.playback },
        { provide: ServicesConfig, useValue: config.services },
        { provide: UploadsConfig, useValue: config.uploads },
        { provide: StoragePair, useFactory: () => chooseStorages(config) },
        { provide: MediaStorage, inject: [StoragePair], useFactory: asOneStorage },
        {
          provide: DirectDownloads,
          inject: [StoragePair],
          useFactory: (pair: StoragePair) => chooseDirectDownloads(config, pair),
        },
        {
          provide: DirectUploads,
          inject: [Secrets, Locks],
          useFactory: (secrets: Secrets, locks: Locks) =>
            chooseDirectUploads(config, secrets, locks),
        },
        {
          provide: ResumableUploads,
          inject: [StoragePair],
          useFactory: (pair: StoragePair) => chooseResumableUploads(config, pair),
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
        ...[AccountsConfig, Cache, CommentsConfig, DirectDownloads, DirectUploads, JobQueue],
        ...[Locks, Mailer, MediaStorage, PlaybackConfig, RateLimiter, ResumableUploads, Scratch],
        ...[SecretBox, Secrets, ServicesConfig],
        ...[StoragePair, UploadsConfig],
      ],
    };
  }
}

function chooseStorages({ storage, storageFallback, appUrl, playback }: Config): StoragePair {
  const { origin } = new URL(appUrl);
  const browsers = { origin, play: playback.delivery === 'redirect' };
  return {
    current: chooseStorage(storage, browsers),
    former: storageFallback && chooseStorage(storageFallback, browsers),
  };
}

function chooseStorage(config: StorageConfig, browsers: BrowserAccess): MediaStorage {
  switch (config.kind) {
    case 'disk':
      return new DiskStorage(config.directory);
    case 's3':
      return new S3Storage(config, browsers);
  }
}

function asOneStorage({ current, former }: StoragePair): MediaStorage {
  return former ? new FallbackStorage(current, former) : current;
}

function chooseDirectDownloads(
  { storage, storageFallback, playback }: Config,
  { current }: StoragePair,
): DirectDownloads {
  const downloads = directDownloadsFrom(storage, playback);
  if (!storageFallback || playback.delivery === 'stream') return downloads;
  return new FallbackDirectDownloads(
    current,
    downloads,
    directDownloadsFrom(storageFallback, playback),
  );
}

function directDownloadsFrom(config: StorageConfig, { delivery }: PlaybackConfig): DirectDownloads {
  if (config.kind === 'disk' && delivery === 'accel') return new ProxyDownloads();
  if (config.kind === 's3' && delivery === 'redirect') return new S3DirectDownloads(config);
  return new NoDirectDownloads();
}

function chooseDirectUploads(
  { storage, storageFallback }: Config,
  secrets: Secrets,
  locks: Locks,
): DirectUploads {
  const current = directUploadsTo(storage, secrets, locks);
  if (!storageFallback) return current;
  return new FallbackDirectUploads(current, directUploadsTo(storageFallback, secrets, locks));
}

function directUploadsTo(config: StorageConfig, secrets: Secrets, locks: Locks): DirectUploads {
  switch (config.kind) {
    case 'disk': {
      const tokens = new UploadTokens(secrets.key('upload-address'));
      return new DiskDirectUploads(config.directory, tokens, locks);
    }
    case 's3':
      return new S3DirectUploads(config);
  }
}

function chooseResumableUploads(
  { storage, storageFallback }: Config,
  { current, former }: StoragePair,
): ResumableUploads {
  const uploads = resumableUploadsTo(storage, current);
  if (!storageFallback || !former) return uploads;
  const older = resumableUploadsTo(storageFallback, former);
  const isOnDisk = storage.kind === 'disk';
  const both = { disk: isOnDisk ? uploads : older, bucket: isOnDisk ? older : uploads };
  return new FallbackResumableUploads(uploads, both);
}

function resumableUploadsTo(config: StorageConfig, storage: MediaStorage): ResumableUploads {
  switch (config.kind) {
    case 'disk':
      return new DiskResumableUploads(config.directory);
    case 's3':
      return new S3ResumableUploads(config, storage, new S3DirectUploads(config));
  }
}

function chooseQueue({ queue, encoding }: Config, databaseUrl: string): JobQueue {
  const bullmq = queue.kind === 'redis' ? bullmqOnRedis(queue.url) : bullmqOnPostgres(databaseUrl);
  return new BullmqJobQueue(bullmq, {
    first: 4,
    encode: encoding.concurrency,
    pipeline: 2,
    demo: 1,
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
