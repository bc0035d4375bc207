import dns from 'node:dns';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateMultipartUploadCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  ListMultipartUploadsCommand,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
} from '@aws-sdk/client-s3';
import { s3Client, type S3Config } from '../../src/infrastructure/storage/s3-client.js';
import { S3Storage } from '../../src/infrastructure/storage/s3-storage.js';
import { StorageFullError, StorageUnavailableError } from '../../src/ports/media-storage.js';
import { oneBucket, threeBuckets } from '../support/s3-settings.js';
import { startS3Server, type S3Server } from '../support/s3-server.js';
import { until } from '../support/until.js';
import { describeMediaStorage } from './media-storage.contract.js';

const START_MILLISECONDS = 120_000;
const ORIGIN = 'https://videos.example.org';
const BROWSERS = { origin: ORIGIN, play: false };

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, START_MILLISECONDS);

afterAll(() => server.stop());

describeMediaStorage('S3Storage on one bucket', () =>
  Promise.resolve(new S3Storage(oneBucket(server))),
);
describeMediaStorage('S3Storage on three buckets', () =>
  Promise.resolve(new S3Storage(threeBuckets(server))),
);

test('each kind of object lies in its own bucket', async () => {
  const config = threeBuckets(server);
  const storage = new S3Storage(config);
  const written = {
    sources: 'uploads/users/1/videos/1_a.mp4',
    outputs: 'videos/1/2/master.m3u8',
    pictures: 'videos/1/2/poster.jpg',
  };
  for (const key of Object.values(written)) await storage.write(key, Readable.from(['x']));
  for (const [kind, key] of Object.entries(written) as ['sources', string][]) {
    const bucket = config.buckets[kind];
    const alone = new S3Storage({
      ...config,
      buckets: { sources: bucket, outputs: bucket, pictures: bucket },
    });
    expect(await keysOf(alone)).toEqual([key]);
  }
});

test('a failed upload leaves no parts', async () => {
  const config = oneBucket(server);
  const written = new S3Storage(config).write('a', brokenAfter(40));
  await expect(written).rejects.toThrow('gone');
  const request = new ListMultipartUploadsCommand({ Bucket: config.buckets.sources });
  const { Uploads = [] } = await s3Client(config).send(request);
  expect(Uploads).toEqual([]);
});

/** As a write does whose first answer was lost. */
async function beginUnseen(config: S3Config, Key: string): Promise<void> {
  const { sources: Bucket } = config.buckets;
  await s3Client(config).send(new CreateMultipartUploadCommand({ Bucket, Key }));
}

async function openUploadsIn(config: S3Config): Promise<(string | undefined)[]> {
  const request = new ListMultipartUploadsCommand({ Bucket: config.buckets.sources });
  const { Uploads = [] } = await s3Client(config).send(request);
  return Uploads.map(({ Key }) => Key);
}

test('a failed upload of a source ends what else was begun for its key, and for no other key', async () => {
  const config = oneBucket(server);
  const storage = new S3Storage(config);
  await storage.selfTest();
  const [key, other] = ['uploads/users/1/videos/1_a.mp4', 'uploads/users/1/videos/1_a.mp4.mp4'];
  for (const each of [key, key, other]) await beginUnseen(config, each);
  await expect(storage.write(key, brokenAfter(40))).rejects.toThrow('gone');
  await until(async () => !(await openUploadsIn(config)).includes(key));
  expect(await openUploadsIn(config)).toEqual([other]);
});

test('a failed upload of an output leaves that of another worker alone', async () => {
  const config = oneBucket(server);
  const storage = new S3Storage(config);
  await storage.selfTest();
  const key = 'videos/1/2/v720p/segment_00001.m4s';
  await beginUnseen(config, key);
  await expect(storage.write(key, brokenAfter(40))).rejects.toThrow('gone');
  await sleep(1500);
  expect(await openUploadsIn(config)).toEqual([key]);
});

test('two storages make the same missing buckets at once', async () => {
  const config = threeBuckets(server);
  await Promise.all([new S3Storage(config).selfTest(), new S3Storage(config).selfTest()]);
});

test('a missing bucket holds nothing', async () => {
  const storage = new S3Storage(oneBucket(server));
  await storage.delete('a');
  await storage.deleteTree('a/');
  expect(await keysOf(storage)).toEqual([]);
  await expect(storage.info('a')).rejects.toMatchObject({ name: 'ObjectNotFoundError' });
});

test('a bucket that is full is told as such, and takes objects again when it is not', async () => {
  const storage = new S3Storage(oneBucket(server));
  await server.limitBytes(1000);
  const full = storage.write('a', Readable.from([randomBytes(100_000)]));
  await expect(full).rejects.toThrow(StorageFullError);
  expect(await keysOf(storage)).toEqual([]);
  await server.limitBytes(-1);
  await storage.write('a', Readable.from(['x']));
});

describe('in virtual-host style', () => {
  // Some systems know no names below localhost; everything else about the requests is real.
  const lookup = dns.lookup;
  const names: string[] = [];
  beforeAll(() => {
    const toLoopback = (name: string, ...rest: unknown[]) => {
      names.push(name);
      const target = name.endsWith('.localhost') ? 'localhost' : name;
      (lookup as (...args: unknown[]) => void)(target, ...rest);
    };
    jest.spyOn(dns, 'lookup').mockImplementation(toLoopback);
  });
  afterAll(() => jest.restoreAllMocks());

  test('a bucket is a part of the host name, which the signature covers', async () => {
    const path = oneBucket(server);
    const endpoint = server.endpoint.replace('127.0.0.1', 'localhost');
    const virtual = new S3Storage({ ...path, endpoint, pathStyle: false });
    await virtual.selfTest();
    const content = randomBytes(9 * 1024 ** 2);
    await virtual.write('a/b', Readable.from([content]));
    expect(names).toContain(`${path.buckets.sources}.localhost`);
    const read = await buffer(await new S3Storage(path).read('a/b'));
    expect(read.equals(content)).toBe(true);
    await virtual.deleteTree('a/');
    expect(await keysOf(virtual)).toEqual([]);
  });
});

describe('the self-test', () => {
  test('names the operation that a wrong secret is refused', async () => {
    const failure = new S3Storage({ ...oneBucket(server), secretAccessKey: 'wrong' }).selfTest();
    await expect(failure).rejects.toThrow(
      /^s3:PutObject on bucket \S+ was refused \(SignatureDoesNotMatch\)$/,
    );
  });

  test('says when nobody answers', async () => {
    const config = { ...oneBucket(server), endpoint: 'http://127.0.0.1:1' };
    const failure = new S3Storage(config).selfTest();
    await expect(failure).rejects.toThrow(StorageUnavailableError);
    await expect(failure).rejects.toThrow(/^s3:HeadBucket on bucket \S+ got no answer/);
  });

  const NEEDED = [
    's3:PutObject',
    's3:GetObject',
    's3:DeleteObject',
    's3:ListBucket',
    's3:AbortMultipartUpload',
    's3:ListMultipartUploadParts',
  ];

  test('passes with the permissions of the documents, and names the one that is missing', async () => {
    const keys = await server.createUser('limited');
    const config = oneBucket(server);
    await new S3Storage(config).selfTest();
    const limited = { ...config, ...keys };
    await allow(config, { but: 's3:CreateBucket' });
    await new S3Storage(limited).selfTest();
    for (const missing of NEEDED) {
      await allow(config, { but: missing });
      const failure: unknown = await new S3Storage(limited).selfTest().catch((e: unknown) => e);
      expect(String(failure)).toMatch(
        new RegExp(
          `^S3Failure: s3:\\w+ on bucket ${config.buckets.sources} was refused ` +
            `\\((AccessDenied|HTTP 403)\\): the key needs the permission ${missing}$`,
        ),
      );
    }
  });

  /** Lets the user called limited do what is needed, and refuses one thing whatever else allows it. */
  async function allow(config: S3Config, { but }: { but: string }): Promise<void> {
    const { sources: Bucket } = config.buckets;
    const whose = {
      Principal: { AWS: ['arn:aws:iam:::user/limited'] },
      Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
    };
    const Statement = [
      { Effect: 'Allow', Action: NEEDED, ...whose },
      { Effect: 'Deny', Action: [but], ...whose },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await s3Client(config).send(new PutBucketPolicyCommand({ Bucket, Policy }));
  }
});

describe('the rules of a bucket', () => {
  test('let pages of the site in, where browsers have something to do, and drop broken uploads', async () => {
    const config = threeBuckets(server);
    await new S3Storage(config, BROWSERS).selfTest();
    const { sources, outputs, pictures } = config.buckets;
    for (const Bucket of [sources, pictures]) {
      expect(await corsOf(config, Bucket)).toMatchObject([
        { ID: 'videoflix-browsers', AllowedOrigins: [ORIGIN], ExposeHeaders: ['ETag'] },
      ]);
    }
    await expect(corsOf(config, outputs)).rejects.toThrow('NoSuchCORSConfiguration');
    for (const Bucket of [sources, outputs, pictures]) {
      expect(await lifecycleOf(config, Bucket)).toMatchObject([
        {
          ID: 'videoflix-unfinished-uploads',
          AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
        },
      ]);
    }
  });

  test('let pages in to films as well, where they are played from there', async () => {
    const config = threeBuckets(server);
    await new S3Storage(config, { ...BROWSERS, play: true }).selfTest();
    for (const Bucket of Object.values(config.buckets) as string[]) {
      expect(await corsOf(config, Bucket)).toMatchObject([{ AllowedOrigins: [ORIGIN] }]);
    }
  });

  test('make the server answer the question a browser asks first', async () => {
    const config = oneBucket(server);
    await new S3Storage(config, BROWSERS).selfTest();
    const ask = (origin: string) =>
      fetch(`${server.endpoint}/${config.buckets.sources}/uploads/a`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PUT',
          'access-control-request-headers': 'content-type',
        },
      });
    const allowed = await ask(ORIGIN);
    expect(allowed.status).toBe(200);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(ORIGIN);
    expect((await ask('https://elsewhere.example')).status).toBe(403);
  });

  test('of others stay, and ours are not doubled by the next start', async () => {
    const config = oneBucket(server);
    const { sources: Bucket } = config.buckets;
    await new S3Storage(config).selfTest();
    const client = s3Client(config);
    const foreign = {
      ID: 'theirs',
      AllowedOrigins: ['https://a.example'],
      AllowedMethods: ['GET'],
    };
    await client.send(
      new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules: [foreign] } }),
    );
    const expiry = {
      ID: 'theirs',
      Status: 'Enabled' as const,
      Filter: { Prefix: 'logs/' },
      Expiration: { Days: 30 },
    };
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: [expiry] },
      }),
    );
    for (const origin of ['https://old.example', ORIGIN, ORIGIN]) {
      await new S3Storage(config, { origin, play: false }).selfTest();
    }
    const cors = await corsOf(config, Bucket);
    expect(cors.map(({ ID }) => ID).sort()).toEqual(['theirs', 'videoflix-browsers']);
    expect(cors).toContainEqual(expect.objectContaining(foreign));
    expect(cors).toContainEqual(expect.objectContaining({ AllowedOrigins: [ORIGIN] }));
    const rules = await lifecycleOf(config, Bucket);
    expect(rules.map(({ ID }) => ID).sort()).toEqual(['theirs', 'videoflix-unfinished-uploads']);
    expect(rules).toContainEqual(expect.objectContaining(expiry));
  });

  async function corsOf(config: S3Config, Bucket: string) {
    const answer = await s3Client(config).send(new GetBucketCorsCommand({ Bucket }));
    return answer.CORSRules ?? [];
  }

  async function lifecycleOf(config: S3Config, Bucket: string) {
    const request = new GetBucketLifecycleConfigurationCommand({ Bucket });
    return (await s3Client(config).send(request)).Rules ?? [];
  }
});

async function keysOf(storage: S3Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const key of storage.list('')) found.push(key);
  return found;
}

function brokenAfter(mebibytes: number): Readable {
  return Readable.from(
    (function* () {
      for (let i = 0; i < mebibytes; i += 1) yield Buffer.alloc(1024 ** 2);
      throw new Error('gone');
    })(),
  );
}
