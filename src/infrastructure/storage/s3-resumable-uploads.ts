import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { UploadPartCommand, type S3Client } from '@aws-sdk/client-s3';
import { DomainError } from '../../common/domain-error.js';
import {
  PartsMissingError,
  type DirectUploads,
  type StoredPart,
} from '../../ports/direct-uploads.js';
import {
  ObjectNotFoundError,
  StorageUnavailableError,
  type MediaStorage,
} from '../../ports/media-storage.js';
import {
  ResumableUploads,
  UploadGoneError,
  type ResumableUpload,
} from '../../ports/resumable-uploads.js';
import { PartBuffer } from './part-buffer.js';
import { isMissing } from './s3-bucket-setup.js';
import { bucketOf } from './s3-buckets.js';
import { s3Client, type S3Config } from './s3-client.js';
import { partsOfUpload } from './s3-parts.js';
import { partBytesFor, SETTLE_MILLISECONDS } from './s3-write.js';

interface SizedPart extends StoredPart {
  sizeBytes: number;
}

/** What came after the last part, and is too short to be one. */
interface Tail {
  key: string | undefined;
  sizeBytes: number;
}

/**
 * A multipart upload. S3 takes no part below 5 MiB but the last, so what is left over when a request
 * ends is an object of its own: `{key}.tail/{number}/{bytes}`, the number being that of the part that it
 * will begin. It counts while there are just that many parts before it. So nothing is ever overwritten,
 * and a part and the tail that it makes needless change places in one step.
 */
export class S3ResumableUploads extends ResumableUploads {
  private readonly client: S3Client;

  /**
   * @param storage the same bucket's
   * @param multipart the same bucket's
   */
  constructor(
    private readonly config: S3Config,
    private readonly storage: MediaStorage,
    private readonly multipart: DirectUploads,
  ) {
    super();
    this.client = s3Client(config);
  }

  override begin(key: string, contentType: string): Promise<string> {
    return this.multipart.begin({ key, contentType, sizeBytes: 0 });
  }

  override async offset(upload: ResumableUpload): Promise<number> {
    const parts = await this.partsOf(upload);
    if (!parts) return (await this.sizeOfObject(upload.key)) ?? gone(upload);
    return sizeOf(parts) + (await this.tailOf(upload, parts.length + 1)).sizeBytes;
  }

  override async append(
    upload: ResumableUpload,
    offset: number,
    content: Readable,
  ): Promise<number> {
    const parts = (await this.partsOf(upload)) ?? gone(upload);
    const tail = await this.tailOf(upload, parts.length + 1);
    const there = sizeOf(parts) + tail.sizeBytes;
    if (there !== offset)
      throw new DomainError('upload.offset_mismatch', `${there} bytes are here.`);
    const buffer = new PartBuffer(partBytesFor(upload.sizeBytes));
    const number = await this.sendParts(upload, parts.length + 1, buffer, [
      ...(tail.key === undefined ? [] : [await this.storage.read(tail.key)]),
      content,
    ]);
    const end = sizeOf(parts) + buffer.received;
    if (end === offset) return end;
    const rest = buffer.rest();
    if (rest.length > 0) await this.keepRest(upload, number, rest, end === upload.sizeBytes);
    // One that stays is in nobody's way, and goes with the upload.
    if (tail.key !== undefined) await this.storage.delete(tail.key).catch(() => undefined);
    return end;
  }

  override async complete(upload: ResumableUpload): Promise<void> {
    const parts = (await this.partsOf(upload)) ?? gone(upload);
    try {
      await this.multipart.complete(upload.key, upload.uploadId ?? gone(upload), parts);
    } catch (error) {
      if (!(error instanceof PartsMissingError)) throw error;
      await this.findCompleted(upload, error);
    }
  }

  override async discard(upload: ResumableUpload): Promise<void> {
    await this.multipart.discard(upload.key, upload.uploadId);
    await this.storage.deleteTree(tailsOf(upload));
  }

  /** The answer to the first attempt may have been lost, and the second one found no upload any more. */
  private async findCompleted(upload: ResumableUpload, cause: Error): Promise<void> {
    for (const milliseconds of SETTLE_MILLISECONDS) {
      await sleep(milliseconds);
      if ((await this.sizeOfObject(upload.key)) !== undefined) return;
    }
    if (!(await this.partsOf(upload))) gone(upload);
    throw new StorageUnavailableError('s3: the upload could not be completed yet', { cause });
  }

  /**
   * Reads on while a part is sent, and sends one at a time: there must never be a gap before a part.
   *
   * @returns the number of the part that what is left over begins
   */
  private async sendParts(
    upload: ResumableUpload,
    first: number,
    buffer: PartBuffer,
    contents: readonly Readable[],
  ): Promise<number> {
    let number = first;
    let sending = Promise.resolve();
    try {
      for (const content of contents) {
        for await (const chunk of content as AsyncIterable<Buffer>) {
          for (const part of buffer.add(chunk)) {
            await sending;
            sending = this.send(upload, number, part);
            // Nobody may be waiting for it before a client sends more.
            sending.catch((error: unknown) => content.destroy(error as Error));
            number += 1;
          }
        }
      }
    } finally {
      // Whoever asks next how much is there must not be overtaken by a part.
      await Promise.allSettled([sending]);
    }
    await sending;
    return number;
  }

  private async keepRest(
    upload: ResumableUpload,
    number: number,
    rest: Buffer,
    isLast: boolean,
  ): Promise<void> {
    if (isLast) return this.send(upload, number, rest);
    const key = `${tailsOf(upload)}${number}/${rest.length}`;
    await this.storage.write(key, Readable.from([rest]));
  }

  private async send(upload: ResumableUpload, PartNumber: number, Body: Buffer): Promise<void> {
    try {
      await this.client.send(
        new UploadPartCommand({
          ...this.place(upload),
          PartNumber,
          Body,
          ContentLength: Body.length,
        }),
      );
    } catch (error) {
      if (isMissing(error)) gone(upload);
      throw error;
    }
  }

  /** Those without a gap before them; undefined when there is no such upload. */
  private async partsOf(upload: ResumableUpload): Promise<SizedPart[] | undefined> {
    if (upload.uploadId === null) return undefined;
    const parts: SizedPart[] = [];
    try {
      for await (const part of partsOfUpload(this.client, this.place(upload))) {
        const { PartNumber: number, ETag: etag, Size: sizeBytes } = part;
        if (etag === undefined || sizeBytes === undefined) continue;
        if (number === parts.length + 1) parts.push({ number, etag, sizeBytes });
      }
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    return parts;
  }

  private async tailOf(upload: ResumableUpload, number: number): Promise<Tail> {
    let longest: Tail = { key: undefined, sizeBytes: 0 };
    for await (const key of this.storage.list(`${tailsOf(upload)}${number}/`)) {
      const sizeBytes = Number(key.slice(key.lastIndexOf('/') + 1));
      if (sizeBytes > longest.sizeBytes) longest = { key, sizeBytes };
    }
    return longest;
  }

  private async sizeOfObject(key: string): Promise<number | undefined> {
    try {
      return (await this.storage.info(key)).sizeBytes;
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return undefined;
      throw error;
    }
  }

  private place({ key, uploadId }: ResumableUpload) {
    const Bucket = bucketOf(key, this.config.buckets);
    return { Bucket, Key: key, UploadId: uploadId ?? undefined };
  }
}

function sizeOf(parts: readonly SizedPart[]): number {
  return parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

function tailsOf({ key }: ResumableUpload): string {
  return `${key}.tail/`;
}

function gone({ key }: ResumableUpload): never {
  throw new UploadGoneError(key);
}
