import { DeleteObjectsCommand, type S3Client } from '@aws-sdk/client-s3';
import { toFailure } from './s3-client.js';
import { SHORT_WAIT } from './s3-waits.js';

/**
 * Deletes up to a thousand objects of a bucket.
 *
 * @throws S3Failure also for what a successful answer says of single objects
 */
export async function deleteObjects(
  client: S3Client,
  Bucket: string,
  keys: readonly string[],
): Promise<void> {
  const Delete = { Objects: keys.map((Key) => ({ Key })), Quiet: true };
  const request = new DeleteObjectsCommand({ Bucket, Delete });
  const { Errors = [] } = await client.send(request, SHORT_WAIT);
  const kept = Errors.find(({ Code }) => Code !== 'NoSuchKey');
  if (!kept) return;
  const { Code: name = 'Unknown' } = kept;
  // As if the whole call had been answered so.
  const httpStatusCode = name === 'AccessDenied' ? 403 : 500;
  throw toFailure('DeleteObjects', Bucket, { name, $metadata: { httpStatusCode } });
}
