import type { S3Buckets } from '../../config/config.js';

/** The bucket that holds an object: uploaded sources, pictures, and all the rest. */
export function bucketOf(key: string, buckets: S3Buckets): string {
  if (key.startsWith('uploads/') && !/^uploads\/users\/[^/]+\/thumbnails\//.test(key)) {
    return buckets.sources;
  }
  return key.endsWith('.jpg') ? buckets.pictures : buckets.outputs;
}
