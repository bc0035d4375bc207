import { randomUUID } from 'node:crypto';
import { pipeline, Transform, type Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortMultipartUploadCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { StorageUnavailableError } from '../../ports/media-storage.js';
import { S3Failure } from './s3-client.js';
import { endStrays, isWrittenOnce } from './s3-strays.js';
import { SHORT_WAIT } from './s3-waits.js';

/** The least that S3 takes for any part but the last; the one that is sent and the next are held in memory. */
const PART_BYTES = 5 * 1024 ** 2;
const MAX_PARTS = 10_000;

/** What a request of a broken connection may still take to be done. */
export const SETTLE_MILLISECONDS = [200, 1000];

/** Until an upload that could not be aborted is tried again; after the last, the sweep of uploads ends it. */
const ABORT_SECONDS = [0, 1, 10, 60, 600];

/** Of the object's own metadata, by which a write whose answer was lost is known again. */
const MARK = 'write';

/** The size of every part but the last of an object that is at most this large. */
export function partBytesFor(sizeBytes: number): number {
  return Math.max(PART_BYTES, Math.ceil(sizeBytes / MAX_PARTS));
}

/**
 * Sends a stream, in parts when it is longer than one. A failed upload aborts itself, and goes on trying that while
 * the storage is away; that of a source is looked for in the bucket as well, as its answers may have been lost. An upload
 * whose last answer is lost is looked for: it may have succeeded.
 *
 * @returns the size in bytes
 */
export async function writeToS3(
  client: S3Client,
  address: { Bucket: string; Key: string },
  content: Readable,
  partSize: number,
): Promise<number> {
  let sizeBytes = 0;
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      sizeBytes += chunk.length;
      done(null, chunk);
    },
  });
  // What goes wrong with the source reaches the upload through the counter.
  const Body = pipeline(content, counter, () => undefined);
  const mark = randomUUID();
  const params = { ...address, Body, Metadata: { [MARK]: mark } };
  const upload = new Upload({ client, params, partSize, queueSize: 1 });
  try {
    await upload.done();
  } catch (error) {
    const isUnknown = hasUnknownEnd(error);
    if (isUnknown && (await isStored(client, address, mark))) return sizeBytes;
    const { uploadId } = upload;
    if (uploadId !== undefined) void abort(client, { ...address, UploadId: uploadId });
    if (uploadId !== undefined && isWrittenOnce(address.Key)) void endStrays(client, address);
    throw isUnknown ? asUnavailable(error) : error;
  }
  return sizeBytes;
}

/** The upload has tried it once itself. */
async function abort(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string },
): Promise<void> {
  for (const seconds of ABORT_SECONDS) {
    await sleep(seconds * 1000, undefined, { ref: false });
    try {
      await client.send(new AbortMultipartUploadCommand(upload), SHORT_WAIT);
      return;
    } catch (error) {
      if (error instanceof S3Failure && error.status === 404) return;
    }
  }
}

/**
 * No answer came; or the first one was lost, and the second one is that the upload, completed or
 * aborted by then, is no longer there.
 */
function hasUnknownEnd(error: unknown): boolean {
  if (error instanceof StorageUnavailableError) return true;
  return error instanceof S3Failure && error.code === 'NoSuchUpload';
}

async function isStored(
  client: S3Client,
  address: { Bucket: string; Key: string },
  mark: string,
): Promise<boolean> {
  for (const milliseconds of SETTLE_MILLISECONDS) {
    await sleep(milliseconds);
    try {
      const { Metadata } = await client.send(new HeadObjectCommand(address), SHORT_WAIT);
      if (Metadata?.[MARK] === mark) return true;
    } catch {
      // Not there, or still no answer.
    }
  }
  return false;
}

function asUnavailable(error: unknown): unknown {
  if (error instanceof StorageUnavailableError) return error;
  return new StorageUnavailableError('s3: the upload was lost', { cause: error });
}
