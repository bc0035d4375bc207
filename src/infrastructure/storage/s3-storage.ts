import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat, unlink } from 'node:fs/promises';
import path from 'node:path';
import { pipeline, Readable, Transform } from 'node:stream';
import { pipeline as pipelined } from 'node:stream/promises';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import {
  MediaStorage,
  ObjectNotFoundError,
  type ByteRange,
  type ObjectInfo,
} from '../../ports/media-storage.js';
import { checkKey, checkPrefix, isObjectKey } from './object-key.js';
import { probeStorage } from './probe-storage.js';
import { s3Client, S3Failure, type S3Config } from './s3-client.js';
import { withSource } from './source-stream.js';

/** Of which as many as the queue has places are held in memory, and one more that fills. */
const PART_BYTES = 8 * 1024 ** 2;
const PARTS_AT_ONCE = 2;
const MAX_PARTS = 10_000;

/** As many as DeleteObjects takes at once. */
const KEYS_PER_PAGE = 1000;

/**
 * Objects in one bucket, which is made when it is missing. A stream may be 78 GiB long: S3 takes
 * 10,000 parts, whose size must be chosen before the length is known.
 */
export class S3Storage extends MediaStorage {
  private readonly client: S3Client;
  private readonly bucket: string;
  private bucketReady: Promise<void> | undefined;

  constructor(config: S3Config) {
    super();
    this.client = s3Client(config);
    this.bucket = config.bucket;
  }

  override async write(key: string, content: Readable): Promise<number> {
    return this.upload(key, content, PART_BYTES);
  }

  override async moveIn(key: string, localPath: string): Promise<void> {
    const { size } = await stat(localPath);
    const partBytes = Math.max(PART_BYTES, Math.ceil(size / MAX_PARTS));
    await this.upload(key, createReadStream(localPath), partBytes);
    await unlink(localPath);
  }

  override async read(key: string, range?: ByteRange): Promise<Readable> {
    checkKey(key);
    const Range = range && rangeHeader(range);
    const request = new GetObjectCommand({ ...this.address(key), Range });
    const { Body } = await found(key, this.client.send(request));
    if (!(Body instanceof Readable)) throw new Error(`s3:GetObject gave no bytes for ${key}`);
    return Body;
  }

  override async info(key: string): Promise<ObjectInfo> {
    checkKey(key);
    const head = await found(key, this.client.send(new HeadObjectCommand(this.address(key))));
    const { ContentLength: sizeBytes, ETag: etag, LastModified: modifiedAt } = head;
    if (sizeBytes === undefined || etag === undefined || modifiedAt === undefined) {
      throw new Error(`s3:HeadObject does not say the length, tag and date of ${key}`);
    }
    return { sizeBytes, etag: `"${etag.replaceAll('"', '')}"`, modifiedAt };
  }

  override async localCopy(key: string, scratchDirectory: string): Promise<string> {
    const content = await this.read(key);
    const file = path.join(scratchDirectory, randomUUID() + path.extname(key));
    const draft = `${file}.part`;
    try {
      await pipelined(content, createWriteStream(draft));
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    return file;
  }

  override async delete(key: string): Promise<void> {
    checkKey(key);
    try {
      await this.client.send(new DeleteObjectCommand(this.address(key)));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  override async deleteTree(prefix: string): Promise<void> {
    checkPrefix(prefix);
    for await (const keys of this.pages(prefix)) await this.deleteAll(keys);
  }

  override async *list(prefix: string): AsyncIterable<string> {
    if (prefix !== '') checkPrefix(prefix);
    // Other programs may keep things in the bucket that are no objects of ours, such as `folder/`.
    for await (const keys of this.pages(prefix)) yield* keys.filter(isObjectKey);
  }

  override async selfTest(): Promise<void> {
    this.bucketReady = undefined;
    await probeStorage(this);
  }

  /** A failed upload aborts itself, after which no parts are left. */
  private async upload(key: string, content: Readable, partSize: number): Promise<number> {
    return withSource(content, async () => {
      checkKey(key);
      await this.ensureBucket();
      let sizeBytes = 0;
      const counter = new Transform({
        transform(chunk: Buffer, _, done) {
          sizeBytes += chunk.length;
          done(null, chunk);
        },
      });
      // What goes wrong with the source reaches the upload through the counter.
      const Body = pipeline(content, counter, () => undefined);
      const params = { ...this.address(key), Body };
      await new Upload({ client: this.client, params, partSize, queueSize: PARTS_AT_ONCE }).done();
      return sizeBytes;
    });
  }

  private async ensureBucket(): Promise<void> {
    this.bucketReady ??= this.createMissingBucket();
    try {
      await this.bucketReady;
    } catch (error) {
      this.bucketReady = undefined;
      throw error;
    }
  }

  private async createMissingBucket(): Promise<void> {
    const Bucket = this.bucket;
    try {
      await this.client.send(new HeadBucketCommand({ Bucket }));
    } catch (error) {
      // Keys that may use a bucket need not be allowed to look at it.
      if (error instanceof S3Failure && error.status === 403) return;
      if (!isMissing(error)) throw error;
      await this.client.send(new CreateBucketCommand({ Bucket })).catch(unlessAlreadyOwned);
    }
  }

  /** Keys under a prefix, a thousand at a time. */
  private async *pages(prefix: string): AsyncIterable<string[]> {
    const config = { client: this.client, pageSize: KEYS_PER_PAGE };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2(config, {
        Bucket: this.bucket,
        Prefix: prefix,
      })) {
        if (Contents.length > 0) yield Contents.flatMap(({ Key }) => Key ?? []);
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  private async deleteAll(keys: string[]): Promise<void> {
    const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
    const request = new DeleteObjectsCommand({ Bucket: this.bucket, Delete });
    const { Errors = [] } = await this.client.send(request);
    const kept = Errors.find(({ Code }) => Code !== 'NoSuchKey');
    if (kept)
      throw new Error(`s3:DeleteObjects kept ${kept.Key ?? ''} (${kept.Code ?? 'unknown'})`);
  }

  private address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucket, Key: key };
  }
}

function rangeHeader({ start, end }: ByteRange): string {
  if (start > end) throw new RangeError(`the range ${start}-${end} is empty`);
  return `bytes=${start}-${end}`;
}

async function found<T>(key: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isMissing(error)) throw new ObjectNotFoundError(key, { cause: error });
    if (error instanceof S3Failure && error.status === 416) {
      throw new RangeError(`${key} ends before the range begins`, { cause: error });
    }
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof S3Failure && error.status === 404;
}

/** Another process may have made it at the same moment. */
function unlessAlreadyOwned(error: unknown): void {
  if (!(error instanceof Error && error.message.includes('BucketAlreadyOwnedByYou'))) throw error;
}
