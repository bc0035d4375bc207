import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import {
  DirectDownloads,
  type Detour,
  type DownloadHeaders,
} from '../../ports/direct-downloads.js';
import { checkKey } from './object-key.js';
import { bucketOf } from './s3-buckets.js';
import { s3Client, type S3Config } from './s3-client.js';

/** Addresses of the same window are equal, so that browsers can keep what they loaded from there. */
const WINDOW_SECONDS = 300;

/**
 * Presigned addresses of a bucket, good for five minutes at least and ten at most. Only for GET: a HEAD
 * would have another signature.
 */
export class S3DirectDownloads extends DirectDownloads {
  /** Signs for the host name under which browsers reach the server. */
  private readonly signer: S3Client;

  constructor(private readonly config: S3Config) {
    super();
    this.signer = s3Client({ ...config, endpoint: config.publicEndpoint ?? config.endpoint });
  }

  override async detour(key: string, headers: DownloadHeaders): Promise<Detour> {
    checkKey(key);
    const now = Math.floor(Date.now() / 1000);
    const windowStart = now - (now % WINDOW_SECONDS);
    const command = new GetObjectCommand({
      Bucket: bucketOf(key, this.config.buckets),
      Key: key,
      ResponseContentType: headers.contentType,
      ResponseCacheControl: headers.cacheControl,
      ResponseContentDisposition: headers.contentDisposition,
    });
    const url = await getSignedUrl(this.signer, command, {
      signingDate: new Date(windowStart * 1000),
      expiresIn: 2 * WINDOW_SECONDS,
    });
    // Somewhat less than it is good for, so that nobody sets out too late.
    return { kind: 'redirect', url, keepSeconds: windowStart + 1.5 * WINDOW_SECONDS - now };
  }
}
