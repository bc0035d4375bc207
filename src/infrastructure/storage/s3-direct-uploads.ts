import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type MultipartUpload,
  type S3Client,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { DomainError } from '../../common/domain-error.js';
import { UuidSchema } from '../../common/ids.js';
import {
  DirectUploads,
  PartsMissingError,
  type AnnouncedObject,
  type OpenUpload,
  type PartSlot,
  type SignedAddress,
  type StoredPart,
} from '../../ports/direct-uploads.js';
import { checkKey, checkPrefix, isObjectKey } from './object-key.js';
import { bucketOf } from './s3-buckets.js';
import { s3Client, S3Failure, type S3Config } from './s3-client.js';
import { partsOfUpload } from './s3-parts.js';
import { SHORT_WAIT } from './s3-waits.js';

/** Sent by the client as they were signed; the presigner would leave them out, or move them into the address. */
const HEADERS_OF_OBJECT = ['host', 'content-length', 'content-type', 'x-amz-checksum-sha256'];
const HEADERS_OF_PART = ['host', 'content-length'];

/**
 * Presigned addresses of a bucket. The server compares length and content type with the signature; one
 * that knows checksums also compares the SHA-256. An address for a whole object stays good until it
 * expires, so whoever relies on the object has to remember its ETag.
 */
export class S3DirectUploads extends DirectUploads {
  private readonly client: S3Client;
  /** Signs for the host name under which browsers reach the server. */
  private readonly signer: S3Client;

  constructor(private readonly config: S3Config) {
    super();
    this.client = s3Client(config);
    this.signer = s3Client({ ...config, endpoint: config.publicEndpoint ?? config.endpoint });
  }

  override async address(object: AnnouncedObject, seconds: number): Promise<SignedAddress> {
    const { contentType, sizeBytes, sha256 } = object;
    const checksum = sha256 && Buffer.from(sha256, 'hex').toString('base64');
    const command = new PutObjectCommand({
      ...this.place(object.key),
      ContentType: contentType,
      ContentLength: sizeBytes,
      ...(checksum ? { ChecksumSHA256: checksum } : {}),
    });
    return {
      url: await getSignedUrl(this.signer, command, signing(seconds, HEADERS_OF_OBJECT)),
      headers: {
        'content-type': contentType,
        ...(checksum ? { 'x-amz-checksum-sha256': checksum } : {}),
      },
    };
  }

  override async begin({ key, contentType }: AnnouncedObject): Promise<string> {
    const command = new CreateMultipartUploadCommand({
      ...this.place(key),
      ContentType: contentType,
    });
    const { UploadId } = await this.client.send(command);
    if (UploadId === undefined) throw new Error(`s3:CreateMultipartUpload gave no id for ${key}`);
    return UploadId;
  }

  /** The content type of the whole was fixed when it was begun; S3 keeps none for a part. */
  override async partAddress(
    { key }: AnnouncedObject,
    UploadId: string,
    { number, sizeBytes }: PartSlot,
    seconds: number,
  ): Promise<SignedAddress> {
    const part = { UploadId, PartNumber: number, ContentLength: sizeBytes };
    const command = new UploadPartCommand({ ...this.place(key), ...part });
    return {
      url: await getSignedUrl(this.signer, command, signing(seconds, HEADERS_OF_PART)),
      headers: {},
    };
  }

  override async complete(
    key: string,
    UploadId: string,
    parts: readonly StoredPart[],
  ): Promise<undefined> {
    const Parts = parts.map(({ number, etag }) => ({ PartNumber: number, ETag: etag }));
    const command = new CompleteMultipartUploadCommand({
      ...this.place(key),
      UploadId,
      MultipartUpload: { Parts },
    });
    try {
      await this.client.send(command);
    } catch (error) {
      // Ceph answers with an InternalError when there is no such upload any more.
      if (isRefused(error) || !(await this.isOpen(key, UploadId))) {
        throw new PartsMissingError(key, { cause: error });
      }
      throw error;
    }
  }

  override async discard(key: string, UploadId: string | null): Promise<void> {
    if (UploadId === null) return;
    try {
      await this.client.send(new AbortMultipartUploadCommand({ ...this.place(key), UploadId }));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** Aborted uploads leave the list, so that its first page is always the next one. */
  override async discardTree(prefix: string): Promise<void> {
    checkPrefix(prefix);
    for (const Bucket of this.buckets) {
      for (;;) {
        const uploads = await this.openUploads(Bucket, prefix);
        if (uploads.length === 0) break;
        for (const { Key, UploadId } of uploads) {
          if (Key !== undefined && UploadId !== undefined) await this.discard(Key, UploadId);
        }
      }
    }
  }

  override async *untouchedSince(moment: Date): AsyncIterable<OpenUpload> {
    for (const Bucket of this.buckets) {
      for await (const { Key: key = '', UploadId, Initiated } of this.allUploads(Bucket)) {
        const isOurs = isObjectKey(key) && bucketOf(key, this.config.buckets) === Bucket;
        if (!isOurs || UploadId === undefined || !Initiated || Initiated >= moment) continue;
        const hasNews = await this.hasPartSince(moment, { Bucket, Key: key, UploadId });
        if (!hasNews) yield { key, uploadId: UploadId };
      }
    }
  }

  /** No server gives UUIDs. */
  override began(uploadId: string): boolean {
    return !UuidSchema.safeParse(uploadId).success;
  }

  override keyOf(): undefined {
    return undefined;
  }

  override receive(): Promise<never> {
    return Promise.reject(
      new DomainError('upload.address_invalid', 'Send the file to the address you were given.'),
    );
  }

  private async isOpen(key: string, UploadId: string): Promise<boolean> {
    try {
      await this.client.send(new ListPartsCommand({ ...this.place(key), UploadId, MaxParts: 1 }));
      return true;
    } catch (error) {
      return !isMissing(error);
    }
  }

  private async *allUploads(Bucket: string): AsyncIterable<MultipartUpload> {
    let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined;
    do {
      const request = new ListMultipartUploadsCommand({ Bucket, ...next });
      const page = await this.client.send(request, SHORT_WAIT);
      yield* page.Uploads ?? [];
      const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      next = IsTruncated ? { KeyMarker, UploadIdMarker } : undefined;
    } while (next);
  }

  private async hasPartSince(
    moment: Date,
    upload: { Bucket: string; Key: string; UploadId: string },
  ): Promise<boolean> {
    try {
      for await (const { LastModified } of partsOfUpload(this.client, upload)) {
        if (LastModified && LastModified >= moment) return true;
      }
      return false;
    } catch (error) {
      // Over in the meantime.
      if (isMissing(error)) return true;
      throw error;
    }
  }

  private async openUploads(Bucket: string, Prefix: string) {
    try {
      const { Uploads = [] } = await this.client.send(
        new ListMultipartUploadsCommand({ Bucket, Prefix }),
      );
      return Uploads;
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  private get buckets(): Set<string> {
    const { sources, outputs, pictures } = this.config.buckets;
    return new Set([sources, outputs, pictures]);
  }

  private place(key: string): { Bucket: string; Key: string } {
    checkKey(key);
    return { Bucket: bucketOf(key, this.config.buckets), Key: key };
  }
}

function signing(expiresIn: number, headers: readonly string[]) {
  return { expiresIn, signableHeaders: new Set(headers), unhoistableHeaders: new Set(headers) };
}

function isMissing(error: unknown): boolean {
  return error instanceof S3Failure && error.status === 404;
}

/** `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `NoSuchUpload`; a missing right is something else. */
function isRefused(error: unknown): boolean {
  return error instanceof S3Failure && (error.status === 400 || error.status === 404);
}
