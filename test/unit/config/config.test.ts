import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConfigError } from '../../../src/config/config-error.js';
import { loadConfig } from '../../../src/config/config.js';
import { describeSettings, SECRET_SETTINGS, SETTING_NAMES } from '../../../src/config/settings.js';

const SECRET = 'x'.repeat(32);
const EXTERNAL = { DATABASE_URL: 'postgres://db/videoflix', SECRET_KEY: SECRET };

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'videoflix-config-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('nothing set is a whole installation in one process', () => {
  expect(loadConfig({})).toMatchObject({
    production: false,
    roles: new Set(['api', 'worker', 'scheduler']),
    port: 8000,
    appUrl: 'http://localhost:8000',
    dataDir: path.resolve('data'),
    database: { kind: 'embedded' },
    queue: { kind: 'postgres' },
    cache: { kind: 'memory' },
    storage: { kind: 'disk', directory: path.resolve('data/media') },
    mail: { kind: 'file', directory: path.resolve('data/mail') },
    accounts: { uploadsBy: 'users', staffSecondFactor: 'optional', loginsPerMinute: 30 },
    secretKey: undefined,
  });
});

test('each part of the infrastructure is chosen by one setting', () => {
  expect(
    loadConfig({
      ...EXTERNAL,
      REDIS_URL: 'redis://cache:6379',
      SMTP_URL: 'smtps://user:password@mail:465',
      S3_BUCKET: 'films',
      S3_ACCESS_KEY_ID: 'id',
      S3_SECRET_ACCESS_KEY: 'secret',
      ROLES: 'worker, scheduler',
      APP_URL: 'https://videos.example.org//',
      ENCODE_LADDER: '240,720',
    }),
  ).toMatchObject({
    roles: new Set(['worker', 'scheduler']),
    appUrl: 'https://videos.example.org',
    database: { kind: 'external', url: 'postgres://db/videoflix' },
    queue: { kind: 'redis', url: 'redis://cache:6379' },
    cache: { kind: 'redis', url: 'redis://cache:6379' },
    storage: {
      kind: 's3',
      buckets: { sources: 'films', outputs: 'films', pictures: 'films' },
      region: 'us-east-1',
      endpoint: undefined,
      pathStyle: false,
    },
    mail: { kind: 'smtp', url: 'smtps://user:password@mail:465' },
    encoding: { ladder: [240, 720] },
    secretKey: SECRET,
  });
});

describe('where files are kept', () => {
  const keys = { S3_ACCESS_KEY_ID: 'id', S3_SECRET_ACCESS_KEY: 'secret' };
  const bucket = { S3_BUCKET: 'films', ...keys };
  const kindsOf = (env: Record<string, string>) => {
    const { storage, storageFallback } = loadConfig(env);
    return [storage.kind, storageFallback?.kind];
  };

  test.each([
    [{}, ['disk', undefined]],
    [{ STORAGE: 'disk' }, ['disk', undefined]],
    [bucket, ['s3', undefined]],
    [{ ...bucket, STORAGE_FALLBACK: 'disk' }, ['s3', 'disk']],
    [{ ...bucket, STORAGE: 's3', STORAGE_FALLBACK: 'disk' }, ['s3', 'disk']],
    [{ ...bucket, STORAGE: 'disk' }, ['disk', undefined]],
    [{ ...bucket, STORAGE: 'disk', STORAGE_FALLBACK: 's3' }, ['disk', 's3']],
  ])('%j is %j', (env, kinds) => {
    expect(kindsOf(env)).toEqual(kinds);
  });

  test.each([
    [{ STORAGE: 's3' }, /^STORAGE: needs a bucket/],
    [{ STORAGE_FALLBACK: 's3' }, /^STORAGE_FALLBACK: needs a bucket/],
    [{ STORAGE_FALLBACK: 'disk' }, /^STORAGE_FALLBACK: .*anyway/],
    [{ ...bucket, STORAGE_FALLBACK: 's3' }, /^STORAGE_FALLBACK: .*anyway/],
    [{ ...bucket, STORAGE: 'disk', STORAGE_FALLBACK: 'disk' }, /^STORAGE_FALLBACK: .*anyway/],
    [{ STORAGE: 'tape' }, /^STORAGE: /],
  ])('%j is refused', (env, sentence) => {
    expect(() => loadConfig(env)).toThrow(sentence);
  });
});

describe('a wrong setting is told in one sentence that begins with its name', () => {
  test.each([
    ['PORT', 'abc'],
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '80.5'],
    ['PORT', '-1'],
    ['PORT', '1e3'],
    ['ROLES', 'api,cook'],
    ['ROLES', ','],
    ['APP_URL', 'videos.example.org'],
    ['APP_URL', 'ftp://videos.example.org'],
    ['TIME_ZONE', 'Mars/Olympus'],
    ['SECRET_KEY', 'too short'],
    ['DATABASE_URL', 'mysql://db/videoflix'],
    ['DATABASE_URL', 'not a url'],
    ['REDIS_URL', 'http://cache'],
    ['SMTP_URL', 'mail.example.org'],
    ['S3_BUCKET', 'ab'],
    ['S3_ENDPOINT', 'minio:9000'],
    ['FFMPEG_STALL_SECONDS', '1'],
    ['FFMPEG_MEMORY_MB', 'lots'],
    ['ENCODER', 'nvec'],
    ['ENCODE_CODECS', 'hevc'],
    ['ENCODE_CODECS', 'h264,vp9'],
    ['ENCODE_PRESET', 'placebo'],
    ['ENCODE_LADDER', '240;360'],
    ['ENCODE_LADDER', '8'],
    ['ENCODE_CONCURRENCY', '0'],
    ['UPLOADS_BY', 'everybody'],
    ['MAX_UPLOAD_BYTES', '1 GB'],
    ['MAX_UPLOAD_BYTES', '9007199254740993'],
    ['ADMIN_EMAIL', 'admin'],
    ['ADMIN_PASSWORD', 'short'],
  ])('%s=%s', (name, value) => {
    const message = complaintAbout({ [name]: value });
    expect(message).toMatch(new RegExp(`^${name}: \\S`));
    expect(message).not.toContain('\n');
    for (const other of SETTING_NAMES.filter((candidate) => candidate !== name)) {
      expect(message).not.toMatch(new RegExp(`\\b${other}:`));
    }
    if (isSecret(name)) expect(message).not.toContain(value);
  });

  test('and so is each of several, once', () => {
    const message = complaintAbout({ PORT: 'abc', ROLES: 'cook,cleaner', UPLOADS_BY: 'cats' });
    const sentences = message.split('; ').map((sentence) => sentence.split(':')[0]);
    expect(sentences.toSorted()).toEqual(['PORT', 'ROLES', 'UPLOADS_BY']);
  });
});

describe('settings that are right alone and wrong together', () => {
  test.each(['api', 'worker', 'api,worker', 'worker,scheduler', 'api,api,api'])(
    'ROLES=%s splits the work, which needs a shared database',
    (roles) => {
      expect(complaintAbout({ ROLES: roles })).toMatch(/^ROLES: .*set DATABASE_URL$/);
      expect(loadConfig({ ROLES: roles, ...EXTERNAL }).roles.size).toBeLessThan(3);
    },
  );

  test('all roles in any order need none', () => {
    expect(loadConfig({ ROLES: 'scheduler,api,worker' }).roles.size).toBe(3);
  });

  test('a shared database needs a shared secret', () => {
    const { DATABASE_URL } = EXTERNAL;
    expect(complaintAbout({ DATABASE_URL })).toMatch(/^SECRET_KEY: .*set SECRET_KEY/);
  });

  test('a bucket needs its keys', () => {
    expect(complaintAbout({ S3_BUCKET: 'films' })).toMatch(/^S3_BUCKET: .*S3_ACCESS_KEY_ID/);
    expect(complaintAbout({ S3_BUCKET: 'films', S3_ACCESS_KEY_ID: 'id' })).toMatch(/^S3_BUCKET: /);
  });
});

test('an empty setting is one that is not set', () => {
  const empty = Object.fromEntries(SETTING_NAMES.map((name) => [name, '']));
  expect(loadConfig(empty)).toEqual(loadConfig({}));
  expect(loadConfig({ SECRET_KEY_FILE: '' })).toEqual(loadConfig({}));
});

describe('a secret in a file', () => {
  test('is the secret without the newline at its end, and wins', () => {
    for (const name of SECRET_SETTINGS) {
      const value = name.endsWith('_URL') ? urlFor(name) : SECRET;
      const file = fileWith(`${value}\n`);
      const fromFile = loadConfig({ ...EXTERNAL, [name]: 'ignored', [`${name}_FILE`]: file });
      expect(fromFile).toEqual(loadConfig({ ...EXTERNAL, [name]: value }));
    }
  });

  test('is checked as any other, and not shown', () => {
    const message = complaintAbout({ SECRET_KEY_FILE: fileWith('hunter2') });
    expect(message).toMatch(/^SECRET_KEY: /);
    expect(message).not.toContain('hunter2');
  });

  test('that cannot be read is named', () => {
    const file = path.join(folder, 'missing');
    expect(complaintAbout({ SECRET_KEY_FILE: file })).toBe(
      `SECRET_KEY_FILE: ${file} cannot be read`,
    );
  });

  test('is only looked for where a setting is secret', () => {
    expect(loadConfig({ PORT_FILE: '/nonexistent' }).port).toBe(8000);
  });
});

describe('the report of all settings', () => {
  test('shows what is in force and no secret', () => {
    const env = { ...EXTERNAL, PORT: '9000', SMTP_URL: 'smtp://user:hunter2@mail' };
    const report = describeSettings(env);
    expect(report.map(({ name }) => name)).toEqual(SETTING_NAMES);
    expect(report.every(({ ok }) => ok)).toBe(true);
    expect(detailOf(report, 'PORT')).toBe('9000');
    expect(detailOf(report, 'UPLOADS_BY')).toBe('users (default)');
    expect(detailOf(report, 'APP_URL')).toBe('not set');
    expect(detailOf(report, 'SECRET_KEY')).toBe('set (not shown)');
    expect(JSON.stringify(report)).not.toMatch(/hunter2|x{32}|postgres:/);
  });

  test('marks each wrong setting, also those that are wrong together', () => {
    const wrong = (env: NodeJS.ProcessEnv) =>
      describeSettings(env)
        .filter(({ ok }) => !ok)
        .map(({ name }) => name);
    expect(wrong({})).toEqual([]);
    expect(wrong({ PORT: 'abc', ADMIN_PASSWORD: 'short' })).toEqual(['PORT', 'ADMIN_PASSWORD']);
    expect(wrong({ DATABASE_URL: EXTERNAL.DATABASE_URL })).toEqual(['SECRET_KEY']);
    expect(wrong({ ROLES: 'api', S3_BUCKET: 'films' })).toEqual(['ROLES', 'S3_BUCKET']);
  });
});

function complaintAbout(env: NodeJS.ProcessEnv): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the settings were taken for right');
}

function detailOf(report: ReturnType<typeof describeSettings>, wanted: string) {
  return report.find(({ name }) => name === wanted)?.detail;
}

function fileWith(content: string): string {
  const file = path.join(folder, `secret-${Math.random()}`);
  writeFileSync(file, content);
  return file;
}

function isSecret(name: string): boolean {
  return (SECRET_SETTINGS as readonly string[]).includes(name);
}

function urlFor(name: string): string {
  return {
    DATABASE_URL: 'postgres://other/db',
    REDIS_URL: 'redis://cache',
    SMTP_URL: 'smtp://mail',
  }[name] as string;
}
