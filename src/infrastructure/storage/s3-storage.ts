import { createReadStream } from 'node:fs';
import { stat, unlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  paginateListObjectsV2,
  type _Object,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  MediaStorage,
  ObjectNotFoundError,
  type ByteRange,
  type ObjectInfo,
  type StoredObject,
} from '../../ports/media-storage.js';
import { checkKey, checkPrefix, isObjectKey } from './object-key.js';
import { probeStorage } from './probe-storage.js';
import { ResumingBody } from './resuming-body.js';
import { bucketOf } from './s3-buckets.js';
import { configureBucket, createMissingBucket, isMissing } from './s3-bucket-setup.js';
import { s3Client, S3Failure, type S3Config } from './s3-client.js';
import { deleteObjects } from './s3-deletion.js';
import { scratchCopy } from './scratch-copy.js';
import { testBucket } from './s3-self-test.js';
import { SHORT_WAIT } from './s3-waits.js';
import { partBytesFor, writeToS3 } from './s3-write.js';
import { withSource } from './source-stream.js';

/** What browsers may do with the buckets by themselves. */
export interface BrowserAccess {
  /** That of the web app. */
  origin: string;
  /** Whether they fetch films from there, and not only send files and see pictures. */
  play: boolean;
}

/** As many as DeleteObjects takes at once. */
const KEYS_PER_PAGE = 1000;

/**
 * Objects in one bucket, or in one for each kind of object; made when they are missing. A stream may
 * be 78 GiB long: S3 takes 10,000 parts, whose size must be chosen before the length is known.
 */
export class S3Storage extends MediaStorage {
  private readonly client: S3Client;
  private readonly buckets: readonly string[];
  private isConfigured = false;
  private isTested = false;
  private bucketsReady: Promise<unknown> | undefined;

  constructor(
    private readonly config: S3Config,
    private readonly browsers?: BrowserAccess,
  ) {
    super();
    this.client = s3Client(config);
    this.buckets = [...new Set(Object.values(config.buckets) as string[])];
  }

  override async write(key: string, content: Readable, atMostBytes = 0): Promise<number> {
    return this.upload(key, content, partBytesFor(atMostBytes));
  }

  override async moveIn(key: string, localPath: string): Promise<void> {
    const { size } = await stat(localPath);
    await this.upload(key, createReadStream(localPath), partBytesFor(size));
    await unlink(localPath);
  }

  override async read(key: string, range?: ByteRange): Promise<Readable> {
    checkKey(key);
    const { body, etag } = await this.get(key, range);
    // Of this version or of none: parts of two would make an object that never was.
    return new ResumingBody(body, async (offset) => {
      const rest = { start: (range?.start ?? 0) + offset, end: range?.end };
      return (await this.get(key, rest, etag)).body;
    });
  }

  override async info(key: string): Promise<ObjectInfo> {
    checkKey(key);
    const head = await found(
      key,
      this.client.send(new HeadObjectCommand(this.address(key)), SHORT_WAIT),
    );
    const { ContentLength: sizeBytes, ETag: etag, LastModified: modifiedAt } = head;
    if (sizeBytes === undefined || etag === undefined || modifiedAt === undefined) {
      throw new Error(`s3:HeadObject does not say the length, tag and date of ${key}`);
    }
    return { sizeBytes, etag: `"${etag.replaceAll('"', '')}"`, modifiedAt };
  }

  override async localCopy(key: string, scratchDirectory: string): Promise<string> {
    return scratchCopy(await this.read(key), key, scratchDirectory);
  }

  override async delete(key: string): Promise<void> {
    checkKey(key);
    try {
      await this.client.send(new DeleteObjectCommand(this.address(key)), SHORT_WAIT);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  override async deleteTree(prefix: string): Promise<void> {
    checkPrefix(prefix);
    for (const bucket of this.buckets) {
      for await (const page of this.pages(bucket, prefix)) {
        const keys = page.map(({ key }) => key);
        await deleteObjects(this.client, bucket, keys);
      }
    }
  }

  override async *list(prefix: string): AsyncIterable<string> {
    for await (const { key } of this.entries(prefix)) yield key;
  }

  override async *entries(prefix: string): AsyncIterable<StoredObject> {
    if (prefix !== '') checkPrefix(prefix);
    for (const bucket of this.buckets) {
      // Other programs may keep things in the bucket that are no objects of ours, such as `folder/`.
      const isOurs = ({ key }: StoredObject) => isObjectKey(key) && this.bucketOf(key) === bucket;
      for await (const page of this.pages(bucket, prefix)) yield* page.filter(isOurs);
    }
  }

  /** The first one tries every operation, later ones only what costs next to nothing. */
  override async selfTest(): Promise<void> {
    this.bucketsReady = undefined;
    await this.ensureBuckets();
    if (this.isTested) return probeStorage(this);
    await Promise.all(this.buckets.map((bucket) => testBucket(this.client, bucket)));
    this.isTested = true;
  }

  private async get(
    key: string,
    range?: { start: number; end: number | undefined },
    IfMatch?: string,
  ): Promise<{ body: Readable; etag: string | undefined }> {
    const Range = range && rangeHeader(range);
    const request = new GetObjectCommand({ ...this.address(key), Range, IfMatch });
    const { Body, ETag } = await found(key, this.client.send(request, SHORT_WAIT));
    if (!(Body instanceof Readable)) throw new Error(`s3:GetObject gave no bytes for ${key}`);
    return { body: Body, etag: ETag };
  }

  private async upload(key: string, content: Readable, partBytes: number): Promise<number> {
    return withSource(content, async () => {
      checkKey(key);
      await this.ensureBuckets();
      return writeToS3(this.client, this.address(key), content, partBytes);
    });
  }

  private async ensureBuckets(): Promise<void> {
    this.bucketsReady ??= Promise.all(this.buckets.map((bucket) => this.setUp(bucket)));
    try {
      await this.bucketsReady;
      this.isConfigured = true;
    } catch (error) {
      this.bucketsReady = undefined;
      throw error;
    }
  }

  private async setUp(bucket: string): Promise<void> {
    await createMissingBucket(this.client, bucket);
    if (this.isConfigured) return;
    const { sources, outputs, pictures } = this.config.buckets;
    const isForBrowsers =
      [sources, pictures].includes(bucket) || (this.browsers?.play && bucket === outputs);
    const browserOrigin = isForBrowsers ? this.browsers?.origin : undefined;
    await configureBucket(this.client, { bucket, browserOrigin });
  }

  /** What a bucket has under a prefix, a thousand at a time. */
  private async *pages(Bucket: string, Prefix: string): AsyncIterable<StoredObject[]> {
    const config = { client: this.client, pageSize: KEYS_PER_PAGE };
    try {
      for await (const { Contents = [] } of paginateListObjectsV2(
        config,
        { Bucket, Prefix },
        SHORT_WAIT,
      )) {
        if (Contents.length > 0) yield Contents.flatMap(toStoredObject);
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  private address(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.bucketOf(key), Key: key };
  }

  private bucketOf(key: string): string {
    return bucketOf(key, this.config.buckets);
  }
}

/** None of an entry that does not say what it is. */
function toStoredObject({ Key, Size, LastModified }: _Object): StoredObject[] {
  if (Key === undefined || Size === undefined || LastModified === undefined) return [];
  return [{ key: Key, sizeBytes: Size, modifiedAt: LastModified }];
}

function rangeHeader({ start, end }: { start: number; end: number | undefined }): string {
  if (end !== undefined && start > end) throw new RangeError(`the range ${start}-${end} is empty`);
  return `bytes=${start}-${end ?? ''}`;
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
