import path from 'node:path';
import { readSettings, type Settings } from './settings.js';

/** What this process does; one process does all three unless `ROLES` says otherwise. */
export type Role = 'api' | 'worker' | 'scheduler';

/** Where the rows live. Embedded PostgreSQL is started in `dataDir` by a supervisor. */
export type DatabaseConfig = { kind: 'embedded' } | { kind: 'external'; url: string };

/** Where the jobs live. On PostgreSQL they share the application's database, in their own schema. */
export type QueueConfig = { kind: 'postgres' } | { kind: 'redis'; url: string };

/** By what lies in it; all three may be the same. */
export interface S3Buckets {
  sources: string;
  /** Playlists, segments, subtitles: all that is made of sources, pictures left aside. */
  outputs: string;
  pictures: string;
}

export type StorageConfig =
  | { kind: 'disk'; directory: string }
  | {
      kind: 's3';
      endpoint: string | undefined;
      /** Where browsers reach the same server; `endpoint` unless said otherwise. */
      publicEndpoint: string | undefined;
      /** Buckets in the path of an address instead of its host name. */
      pathStyle: boolean;
      region: string;
      buckets: S3Buckets;
      accessKeyId: string;
      secretAccessKey: string;
    };

export type MailConfig = { kind: 'file'; directory: string } | { kind: 'smtp'; url: string };

export type CacheConfig = { kind: 'memory' } | { kind: 'redis'; url: string };

export interface ToolsConfig {
  ffmpegPath: string;
  ffprobePath: string;
  /** Seconds without progress after which ffmpeg is killed and the attempt fails. */
  stallSeconds: number;
  /** Address-space limit of one ffmpeg process. */
  memoryBytes: number;
}

export interface EncodingConfig {
  /** That of H.264; x264 where it does not work. */
  encoder: Settings['ENCODER'];
  /** H.264, and what is made beside it. */
  codecs: Settings['ENCODE_CODECS'];
  /** x264 preset, the trade of speed against size. */
  preset: string;
  /** Short sides of the ladder, in pixels. */
  ladder: readonly number[];
  /** Encodes that run at once in this process. */
  concurrency: number;
  /** Whether a source's own bitstream may be its top rung. */
  remux: boolean;
  /** Whether all sound is made equally loud. */
  loudnorm: boolean;
}

/**
 * How much may be uploaded, and how long it stays; also the token under which it is injected.
 */
export abstract class UploadsConfig {
  /** Of one file. */
  abstract readonly maxBytes: number;
  /** Of all that one user has; no limit when undefined. */
  abstract readonly quotaBytes: number | undefined;
  /** Whether an uploaded file stays when its video is complete. */
  abstract readonly keepSource: 'always' | 'until_ready';
}

/** What accounts need to know of the settings; also the token under which it is injected. */
export abstract class AccountsConfig {
  /** Where people reach the web app; without a slash at its end. */
  abstract readonly appUrl: string;
  abstract readonly uploadsBy: 'users' | 'staff';
  abstract readonly staffSecondFactor: 'optional' | 'required';
  /** Sign-ins of one address. */
  abstract readonly loginsPerMinute: number;
  /** New demo guests of one address. */
  abstract readonly demosPerHour: number;
  /** Mailed links that one address asks for without signing in: registrations, for a start. */
  abstract readonly linksPerHour: number;
  /** Reads of the catalogue by one user; unlimited when 0. */
  abstract readonly readsPerMinute: number;
  /** Reads of the catalogue from one address without a sign-in; unlimited when 0. */
  abstract readonly anonymousReadsPerMinute: number;
  /** Parameters of Argon2id for new password hashes. */
  abstract readonly argon2: { memoryKib: number; iterations: number; parallelism: number };
}

/** How films get to their viewers; also the token under which it is injected. */
export abstract class PlaybackConfig {
  /**
   * Whether this process sends the bytes, leaves files on disk to the nginx before it (X-Accel-Redirect),
   * or leads players to the objects of a bucket.
   */
  abstract readonly delivery: 'stream' | 'accel' | 'redirect';
  /** Where playback links lead, without a slash at its end; empty for the address of this API. */
  abstract readonly cdnBaseUrl: string;
  /** Where a proxy on this machine finds the keys of playback links, if one checks them. */
  abstract readonly keysFile: string | undefined;
}

/** What the API for services needs to know of the settings; also the token under which it is injected. */
export abstract class ServicesConfig {
  /** That their signatures are made for. */
  abstract readonly region: string;
}

/** What comments need to know of the settings; also the token under which it is injected. */
export abstract class CommentsConfig {
  /** Whether everybody reads them at once, or once somebody has let them through. */
  abstract readonly mode: 'on' | 'moderated' | 'off';
}

/** Every setting of one process, typed. Nothing else reads the environment. */
export interface Config {
  production: boolean;
  roles: ReadonlySet<Role>;
  host: string;
  port: number;
  appUrl: string;
  /** Proxies whose word on a client's address is believed. */
  trustedProxies: readonly string[];
  dataDir: string;
  timeZone: string;
  secretKey: string | undefined;
  database: DatabaseConfig;
  queue: QueueConfig;
  storage: StorageConfig;
  /** Has what has not moved to `storage` yet. */
  storageFallback: StorageConfig | undefined;
  mail: MailConfig & { from: string };
  cache: CacheConfig;
  tools: ToolsConfig;
  encoding: EncodingConfig;
  accounts: AccountsConfig;
  uploads: UploadsConfig;
  playback: PlaybackConfig;
  services: ServicesConfig;
  comments: CommentsConfig;
  admin: { email: string; password: string | undefined };
  /** For `manage create-superuser --noinput`. */
  superuserPassword: string | undefined;
}

/**
 * Turns the environment into a {@link Config}.
 *
 * @throws ConfigError with one sentence per wrong setting, for the person who set it.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return toConfig(readSettings(env));
}

function toConfig(settings: Settings): Config {
  const dataDir = path.resolve(settings.DATA_DIR);
  const appUrl = (settings.APP_URL ?? `http://localhost:${settings.PORT}`).replace(/\/+$/, '');
  return {
    production: settings.NODE_ENV === 'production',
    roles: new Set(settings.ROLES),
    host: settings.HOST,
    port: settings.PORT,
    appUrl,
    trustedProxies: settings.TRUSTED_PROXIES,
    dataDir,
    timeZone: settings.TIME_ZONE,
    secretKey: settings.SECRET_KEY,
    database: settings.DATABASE_URL
      ? { kind: 'external', url: settings.DATABASE_URL }
      : { kind: 'embedded' },
    queue: settings.REDIS_URL ? { kind: 'redis', url: settings.REDIS_URL } : { kind: 'postgres' },
    storage: storageConfig(settings, dataDir, settings.STORAGE),
    storageFallback:
      settings.STORAGE_FALLBACK && storageConfig(settings, dataDir, settings.STORAGE_FALLBACK),
    mail: {
      from: settings.MAIL_FROM,
      ...(settings.SMTP_URL
        ? { kind: 'smtp', url: settings.SMTP_URL }
        : { kind: 'file', directory: path.join(dataDir, 'mail') }),
    },
    cache: settings.REDIS_URL ? { kind: 'redis', url: settings.REDIS_URL } : { kind: 'memory' },
    tools: {
      ffmpegPath: settings.FFMPEG_PATH,
      ffprobePath: settings.FFPROBE_PATH,
      stallSeconds: settings.FFMPEG_STALL_SECONDS,
      memoryBytes: settings.FFMPEG_MEMORY_MB * 1024 ** 2,
    },
    encoding: {
      encoder: settings.ENCODER,
      codecs: settings.ENCODE_CODECS,
      preset: settings.ENCODE_PRESET,
      ladder: settings.ENCODE_LADDER,
      concurrency: settings.ENCODE_CONCURRENCY,
      remux: settings.ENCODE_REMUX,
      loudnorm: settings.AUDIO_LOUDNORM,
    },
    accounts: {
      appUrl,
      uploadsBy: settings.UPLOADS_BY,
      staffSecondFactor: settings.STAFF_2FA,
      loginsPerMinute: settings.LOGINS_PER_MINUTE,
      demosPerHour: settings.DEMOS_PER_HOUR,
      linksPerHour: settings.LINKS_PER_HOUR,
      readsPerMinute: settings.READS_PER_MINUTE,
      anonymousReadsPerMinute: settings.ANONYMOUS_READS_PER_MINUTE,
      argon2: {
        memoryKib: settings.ARGON2_MEMORY_KIB,
        iterations: settings.ARGON2_ITERATIONS,
        parallelism: settings.ARGON2_PARALLELISM,
      },
    },
    uploads: {
      maxBytes: settings.MAX_UPLOAD_BYTES,
      quotaBytes: settings.USER_QUOTA_BYTES,
      keepSource: settings.KEEP_SOURCE,
    },
    playback: {
      delivery: settings.MEDIA_DELIVERY,
      cdnBaseUrl: (settings.CDN_BASE_URL ?? '').replace(/\/+$/, ''),
      keysFile: settings.PLAYBACK_KEYS_FILE && path.resolve(settings.PLAYBACK_KEYS_FILE),
    },
    services: { region: settings.S3_REGION },
    comments: { mode: settings.COMMENTS },
    admin: { email: settings.ADMIN_EMAIL, password: settings.ADMIN_PASSWORD },
    superuserPassword: settings.SUPERUSER_PASSWORD,
  };
}

/** @param kind that of the buckets, where there are any, unless it is given */
function storageConfig(
  settings: Settings,
  dataDir: string,
  kind: StorageConfig['kind'] | undefined,
): StorageConfig {
  const buckets = kind === 'disk' ? undefined : s3Buckets(settings);
  if (!buckets) return { kind: 'disk', directory: path.join(dataDir, 'media') };
  return {
    kind: 's3',
    endpoint: settings.S3_ENDPOINT,
    publicEndpoint: settings.S3_PUBLIC_ENDPOINT,
    pathStyle: settings.S3_PATH_STYLE ?? settings.S3_ENDPOINT !== undefined,
    region: settings.S3_REGION,
    buckets,
    accessKeyId: settings.S3_ACCESS_KEY_ID ?? '',
    secretAccessKey: settings.S3_SECRET_ACCESS_KEY ?? '',
  };
}

/** One bucket for everything, or one for each kind of object. */
function s3Buckets(settings: Settings): S3Buckets | undefined {
  const { S3_BUCKET, S3_RAW_VIDEOS_BUCKET, S3_PROCESSED_VIDEOS_BUCKET } = settings;
  const sources = S3_RAW_VIDEOS_BUCKET ?? S3_BUCKET;
  const outputs = S3_PROCESSED_VIDEOS_BUCKET ?? S3_BUCKET;
  const pictures = settings.S3_VIDEO_THUMBNAILS_BUCKET ?? S3_BUCKET;
  return sources && outputs && pictures ? { sources, outputs, pictures } : undefined;
}
