import { randomBytes } from 'node:crypto';
import { startS3Server } from './s3-server.js';

/** Where a platform under test keeps its objects. */
export interface TestStorage {
  /** Environment variables that choose it. */
  settings: Record<string, string>;
  stop(): Promise<void>;
}

export const STORAGES = ['disk', 's3'] as const;

/** A disk needs nothing; for S3 a real server is started, with a bucket that is not there yet. */
export async function startStorage(kind: (typeof STORAGES)[number]): Promise<TestStorage> {
  if (kind === 'disk') return { settings: {}, stop: () => Promise.resolve() };
  const server = await startS3Server();
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  return {
    settings: {
      S3_ENDPOINT: endpoint,
      S3_REGION: region,
      S3_BUCKET: `videoflix-${randomBytes(4).toString('hex')}`,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    },
    stop: () => server.stop(),
  };
}
