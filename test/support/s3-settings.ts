import { randomUUID } from 'node:crypto';
import type { S3Buckets } from '../../src/config/config.js';
import type { S3Config } from '../../src/infrastructure/storage/s3-client.js';
import type { S3Server } from './s3-server.js';

/** How to reach a bucket of the server that nobody has used yet. */
export function oneBucket(server: S3Server): S3Config {
  const bucket = `videoflix-${randomUUID()}`;
  return onBuckets(server, { sources: bucket, outputs: bucket, pictures: bucket });
}

/** The same with one bucket for each kind of object. */
export function threeBuckets(server: S3Server): S3Config {
  const id = randomUUID();
  return onBuckets(server, {
    sources: `raw-${id}`,
    outputs: `processed-${id}`,
    pictures: `thumbnails-${id}`,
  });
}

/** The settings that lead an application to where `config` leads. */
export function settingsOf(config: S3Config): Record<string, string> {
  return {
    S3_ENDPOINT: config.endpoint ?? '',
    S3_REGION: config.region,
    S3_RAW_VIDEOS_BUCKET: config.buckets.sources,
    S3_PROCESSED_VIDEOS_BUCKET: config.buckets.outputs,
    S3_VIDEO_THUMBNAILS_BUCKET: config.buckets.pictures,
    S3_ACCESS_KEY_ID: config.accessKeyId,
    S3_SECRET_ACCESS_KEY: config.secretAccessKey,
  };
}

function onBuckets(server: S3Server, buckets: S3Buckets): S3Config {
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  return {
    kind: 's3',
    endpoint,
    publicEndpoint: undefined,
    pathStyle: true,
    region,
    buckets,
    accessKeyId,
    secretAccessKey,
  };
}
