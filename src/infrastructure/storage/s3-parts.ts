import { ListPartsCommand, type Part, type S3Client } from '@aws-sdk/client-s3';
import { SHORT_WAIT } from './s3-waits.js';

/**
 * The parts of a multipart upload, by their numbers. Ceph names a next page also when there is none, so that
 * the SDK's paginator would never end.
 */
export async function* partsOfUpload(
  client: S3Client,
  upload: { Bucket: string; Key: string; UploadId: string | undefined },
): AsyncIterable<Part> {
  let PartNumberMarker: string | undefined;
  do {
    const request = new ListPartsCommand({ ...upload, PartNumberMarker });
    const page = await client.send(request, SHORT_WAIT);
    yield* page.Parts ?? [];
    PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (PartNumberMarker !== undefined);
}
