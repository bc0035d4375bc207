import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { FlagSchema } from '../common/flag.js';
import { ConfigError } from './config-error.js';

const integer = (minimum: number, maximum: number) => {
  const message = `is not a whole number from ${minimum} to ${maximum}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(minimum, message).max(maximum, message));
};

const oneOfUrl = (...protocols: string[]) =>
  z.string().refine(
    (value) => {
      const url = URL.parse(value);
      return url !== null && protocols.includes(url.protocol);
    },
    `is not a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  );

const roles = z
  .string()
  .transform((value) => value.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(['api', 'worker', 'scheduler'])).min(1));

const ladder = z
  .string()
  .regex(/^\d+(,\d+)*$/, 'is not a list of heights such as 240,360,480,720,1080')
  .transform((value) => value.split(',').map(Number))
  .pipe(z.array(z.int().min(64).max(4320)).min(1));

const codecs = z
  .string()
  .transform((value) => value.split(',').map((codec) => codec.trim()))
  .pipe(z.array(z.enum(['h264', 'hevc', 'av1'], 'is not a list of h264, hevc and av1')))
  .refine((list) => list.includes('h264'), 'has to hold h264, which every player knows');

const proxies = z
  .string()
  .transform((value) => value.split(',').map((proxy) => proxy.trim()))
  .refine(
    (values) => values.every(isProxy),
    'is not a list of addresses or networks such as 127.0.0.1,10.0.0.0/8',
  );

/** An address, a network in CIDR notation, or a name that Fastify knows for some of them. */
function isProxy(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const longest = isIP(address) === 4 ? 32 : 128;
  const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= longest);
  return isIP(address) !== 0 && isNetwork && rest.length === 0;
}

const timeZone = z.string().refine((value) => {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: value }));
  } catch {
    return false;
  }
}, 'is not a time zone name such as Europe/Berlin');

const settingsSchema = z.object({
  NODE_ENV: z.string().default('development'),
  ROLES: roles.default(['api', 'worker', 'scheduler']),
  HOST: z.string().default('localhost'),
  PORT: integer(1, 65_535).default(8000),
  APP_URL: oneOfUrl('http:', 'https:').optional(),
  TRUSTED_PROXIES: proxies.default([]),
  DATA_DIR: z.string().default('./data'),
  TIME_ZONE: timeZone.default('UTC'),
  SECRET_KEY: z.string().min(32, 'must have at least 32 characters').optional(),
  DATABASE_URL: oneOfUrl('postgres:', 'postgresql:').optional(),
  REDIS_URL: oneOfUrl('redis:', 'rediss:').optional(),
  STORAGE: z.enum(['disk', 's3']).optional(),
  STORAGE_FALLBACK: z.enum(['disk', 's3']).optional(),
  S3_BUCKET: z.string().min(3).optional(),
  S3_RAW_VIDEOS_BUCKET: z.string().min(3).optional(),
  S3_PROCESSED_VIDEOS_BUCKET: z.string().min(3).optional(),
  S3_VIDEO_THUMBNAILS_BUCKET: z.string().min(3).optional(),
  S3_ENDPOINT: oneOfUrl('http:', 'https:').optional(),
  S3_PUBLIC_ENDPOINT: oneOfUrl('http:', 'https:').optional(),
  S3_PATH_STYLE: FlagSchema.optional(),
  S3_REGION: z.string().default('us-east-1'),
  S3_ACCESS_KEY_ID: z.string().optional(),
  S3_SECRET_ACCESS_KEY: z.string().optional(),
  MEDIA_DELIVERY: z.enum(['stream', 'accel', 'redirect']).default('stream'),
  CDN_BASE_URL: oneOfUrl('http:', 'https:').optional(),
  PLAYBACK_KEYS_FILE: z.string().optional(),
  SMTP_URL: oneOfUrl('smtp:', 'smtps:').optional(),
  MAIL_FROM: z.string().default('Videoflix <noreply@localhost>'),
  STAFF_2FA: z.enum(['optional', 'required']).default('optional'),
  LOGINS_PER_MINUTE: integer(1, 1_000_000).default(30),
  DEMOS_PER_HOUR: integer(0, 1_000_000).default(20),
  READS_PER_MINUTE: integer(0, 1_000_000).default(100),
  ANONYMOUS_READS_PER_MINUTE: integer(0, 1_000_000).default(50),
  LINKS_PER_HOUR: integer(1, 1_000_000).default(300),
  ARGON2_MEMORY_KIB: integer(8 * 1024, 4 * 1024 ** 2).default(19 * 1024),
  ARGON2_ITERATIONS: integer(1, 100).default(2),
  ARGON2_PARALLELISM: integer(1, 64).default(1),
  FFMPEG_PATH: z.string().default('ffmpeg'),
  FFPROBE_PATH: z.string().default('ffprobe'),
  FFMPEG_STALL_SECONDS: integer(5, 3600).default(60),
  FFMPEG_MEMORY_MB: integer(512, 1_048_576).default(8192),
  ENCODER: z.enum(['x264', 'nvenc', 'qsv', 'vaapi', 'videotoolbox']).default('x264'),
  ENCODE_CODECS: codecs.default(['h264']),
  ENCODE_PRESET: z
    .enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium', 'slow'])
    .default('veryfast'),
  ENCODE_LADDER: ladder.default([240, 360, 480, 720, 1080]),
  ENCODE_CONCURRENCY: integer(1, 64).default(1),
  ENCODE_REMUX: FlagSchema.default(true),
  AUDIO_LOUDNORM: FlagSchema.default(false),
  UPLOADS_BY: z.enum(['users', 'staff']).default('users'),
  MAX_UPLOAD_BYTES: integer(1, Number.MAX_SAFE_INTEGER).default(64 * 1024 ** 3),
  USER_QUOTA_BYTES: integer(1, Number.MAX_SAFE_INTEGER).optional(),
  KEEP_SOURCE: z.enum(['always', 'until_ready']).default('always'),
  COMMENTS: z.enum(['on', 'moderated', 'off']).default('on'),
  ADMIN_EMAIL: z.email('is not an e-mail address').default('admin@localhost.localdomain'),
  ADMIN_PASSWORD: z.string().min(8, 'must have at least 8 characters').optional(),
  SUPERUSER_PASSWORD: z.string().optional(),
});

const environmentSchema = settingsSchema.superRefine((settings, context) => {
  // What is wrong by itself comes first.
  if (context.issues.length > 0) return;
  for (const [name, message] of impossibleCombinations(settings)) {
    context.addIssue({ code: 'custom', path: [name], message });
  }
});

/** The settings as they are in force, defaults included. */
export type Settings = z.output<typeof settingsSchema>;
type SettingName = keyof Settings;

/** Names of all settings, in the order in which they are documented. */
export const SETTING_NAMES = Object.keys(settingsSchema.shape);

/** Settings that hold secrets; each may also come from the file named by `<NAME>_FILE`. */
export const SECRET_SETTINGS = [
  'SECRET_KEY',
  'DATABASE_URL',
  'REDIS_URL',
  'S3_ACCESS_KEY_ID',
  'S3_SECRET_ACCESS_KEY',
  'SMTP_URL',
  'ADMIN_PASSWORD',
  'SUPERUSER_PASSWORD',
] as const;

/** Each holds one kind of object; `S3_BUCKET` those that have none of their own. */
const S3_BUCKETS = [
  'S3_RAW_VIDEOS_BUCKET',
  'S3_PROCESSED_VIDEOS_BUCKET',
  'S3_VIDEO_THUMBNAILS_BUCKET',
] as const;

/**
 * Reads the settings from the environment.
 *
 * @throws ConfigError with one sentence per wrong setting, for the person who set it.
 */
export function readSettings(env: NodeJS.ProcessEnv): Settings {
  const parsed = environmentSchema.safeParse(withFileSecrets(env));
  if (parsed.success) return parsed.data;
  throw new ConfigError([...new Set(parsed.error.issues.map(describeIssue))].join('; '));
}

/** One setting as `manage check` shows it. */
export interface SettingReport {
  name: string;
  ok: boolean;
  /** What is in force, or what is wrong; never a secret. */
  detail: string;
}

/** Every setting, right or wrong. */
export function describeSettings(env: NodeJS.ProcessEnv = process.env): SettingReport[] {
  const given = withFileSecrets(env);
  const parsed = environmentSchema.safeParse(given);
  const issues = parsed.success ? [] : parsed.error.issues;
  return SETTING_NAMES.map((name) => {
    const issue = issues.find(({ path: [first] }) => first === name);
    if (issue) return { name, ok: false, detail: issue.message };
    const value = given[name];
    if (value === undefined) return { name, ok: true, detail: defaultOf(name) };
    return { name, ok: true, detail: isSecret(name) ? 'set (not shown)' : value };
  });
}

function isSecret(name: string): boolean {
  return (SECRET_SETTINGS as readonly string[]).includes(name);
}

function defaultOf(name: string): string {
  const value = settingsSchema.partial().shape[name as SettingName].safeParse(undefined).data;
  return value === undefined ? 'not set' : `${String(value)} (default)`;
}

function withFileSecrets(env: NodeJS.ProcessEnv): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of SETTING_NAMES) {
    const value = env[name];
    // docker compose passes an unset variable as an empty one.
    if (value !== undefined && value !== '') values[name] = value;
  }
  for (const name of SECRET_SETTINGS) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch {
      throw new ConfigError(`${name}_FILE: ${file} cannot be read`);
    }
  }
  return values;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  return `${issue.path.map(String).slice(0, 1).join('')}: ${issue.message}`;
}

/** Settings that are right by themselves and wrong together. */
function* impossibleCombinations(
  settings: Settings,
): Generator<[name: SettingName, message: string]> {
  const roles = new Set(settings.ROLES);
  if (roles.size < 3 && !settings.DATABASE_URL) {
    yield [
      'ROLES',
      `${[...roles].join(',')} splits the work over processes, which needs a shared database: set DATABASE_URL`,
    ];
  }
  if (settings.DATABASE_URL && !settings.SECRET_KEY) {
    yield [
      'SECRET_KEY',
      'processes that share a database must share a secret: set SECRET_KEY to 32 or more random characters (openssl rand -hex 32)',
    ];
  }
  const buckets = S3_BUCKETS.filter((name) => settings[name]);
  if (buckets.length > 0 && buckets.length < S3_BUCKETS.length && !settings.S3_BUCKET) {
    yield [
      buckets[0] ?? 'S3_BUCKET',
      `needs a bucket for everything else too: set S3_BUCKET, or all of ${S3_BUCKETS.join(', ')}`,
    ];
  }
  const usesS3 = buckets[0] ?? (settings.S3_BUCKET && 'S3_BUCKET');
  for (const name of ['STORAGE', 'STORAGE_FALLBACK'] as const) {
    if (settings[name] === 's3' && !usesS3) yield [name, 'needs a bucket: set S3_BUCKET'];
  }
  const storage = settings.STORAGE ?? (usesS3 ? 's3' : 'disk');
  if (settings.STORAGE_FALLBACK === storage) {
    yield ['STORAGE_FALLBACK', 'is where files are kept anyway: name the other storage, or none'];
  }
  const storages = [storage, settings.STORAGE_FALLBACK];
  if (settings.MEDIA_DELIVERY === 'accel' && !storages.includes('disk')) {
    yield ['MEDIA_DELIVERY', 'accel is for files on disk: leave it out, or set it to redirect'];
  }
  if (settings.MEDIA_DELIVERY === 'redirect' && !storages.includes('s3')) {
    yield ['MEDIA_DELIVERY', 'redirect is for files in S3: leave it out, or set it to accel'];
  }
  if (settings.MEDIA_DELIVERY === 'redirect' && settings.CDN_BASE_URL) {
    yield ['CDN_BASE_URL', 'would only pass redirects on: set MEDIA_DELIVERY to stream with it'];
  }
  if (usesS3 && !(settings.S3_ACCESS_KEY_ID && settings.S3_SECRET_ACCESS_KEY)) {
    yield [usesS3, 'also needs S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY'];
  }
}
