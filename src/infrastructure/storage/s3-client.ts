import { createHash } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StorageConfig } from '../../config/config.js';
import {
  StorageFullError,
  StorageRefusedError,
  StorageUnavailableError,
} from '../../ports/media-storage.js';
import { endTwins } from './s3-strays.js';

export type S3Config = Extract<StorageConfig, { kind: 's3' }>;

const ATTEMPTS = 4;
const CONNECT_MILLISECONDS = 5_000;
/** Until the answer to what sends a part begins. */
const ANSWER_MILLISECONDS = 120_000;
/** A viewer who pauses leaves a body unread; longer than this and the player has to ask again. */
const IDLE_MILLISECONDS = 300_000;
/** A body that is being read keeps its socket, so these bound how many viewers read at once. */
const MAX_SOCKETS = 256;

/** Answers after which the same request may succeed; 501 is not among them. */
const TEMPORARY = [408, 429, 500, 502, 503, 504];

/** How Ceph and MinIO say that nothing more fits in. */
const FULL = ['QuotaExceeded', 'XMinioStorageFull', 'InsufficientStorage'];

/** Of operations whose permission has another name than they have themselves. */
const PERMISSIONS: Readonly<Record<string, string>> = {
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  ListObjectsV2: 'ListBucket',
  DeleteObjects: 'DeleteObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  ListParts: 'ListMultipartUploadParts',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  GetBucketCors: 'GetBucketCORS',
  PutBucketCors: 'PutBucketCORS',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
};

const NEED_MD5 = [
  'DeleteObjectsCommand',
  'PutBucketCorsCommand',
  'PutBucketLifecycleConfigurationCommand',
];

/** An operation that S3 refused; the message is for the administrator. */
export class S3Failure extends StorageRefusedError {
  override readonly name = 'S3Failure';

  /**
   * @param request such as `s3:PutObject on bucket films`
   * @param code S3's error code
   * @param status of the HTTP answer
   * @param permission that would let the key do it, such as `s3:PutObject`
   */
  constructor(
    request: string,
    readonly code: string,
    readonly status: number,
    { permission, cause }: { permission: string; cause?: unknown },
  ) {
    const isForbidden = status === 403 && /^(AccessDenied|HTTP 403)$/.test(code);
    const remedy = isForbidden ? `: the key needs the permission ${permission}` : '';
    super(`${request} was refused (${code})${remedy}`, { cause });
  }
}

/**
 * A client whose operations fail with an {@link S3Failure}, a `StorageUnavailableError` after some
 * attempts, or a `StorageFullError`.
 */
export function s3Client(config: S3Config): S3Client {
  const { endpoint, pathStyle, region, accessKeyId, secretAccessKey } = config;
  const address: S3ClientConfig = endpoint === undefined ? {} : { endpoint };
  const client = new S3Client({
    ...address,
    forcePathStyle: pathStyle,
    region,
    credentials: { accessKeyId, secretAccessKey },
    // Servers other than AWS refuse or ignore the checksums that newer clients add by themselves.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: ATTEMPTS,
    requestHandler: {
      connectionTimeout: CONNECT_MILLISECONDS,
      requestTimeout: ANSWER_MILLISECONDS,
      throwOnRequestTimeout: true,
      socketTimeout: IDLE_MILLISECONDS,
      httpAgent: { maxSockets: MAX_SOCKETS },
      httpsAgent: { maxSockets: MAX_SOCKETS },
    },
  });
  nameFailures(client);
  endTwins(client);
  sendMd5OfDocuments(client);
  return client;
}

function nameFailures(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const operation = (context.commandName ?? 'Request').replace(/Command$/, '');
        throw toFailure(operation, (args.input as { Bucket?: string }).Bucket ?? '', error);
      }
    },
    { step: 'initialize', priority: 'high', name: 'nameFailures' },
  );
}

/** What an operation's failure means to whoever asked for it. */
export function toFailure(operation: string, bucket: string, error: unknown): Error {
  const { name, code, $metadata } = error as {
    name: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const request = `s3:${operation} on bucket ${bucket}`;
  const status = $metadata?.httpStatusCode;
  // An answer that began well and broke off is none.
  if (status === undefined || status < 300) {
    return new StorageUnavailableError(`${request} got no answer (${code ?? name})`, {
      cause: error,
    });
  }
  // The answer to a HEAD has no body that could name the reason.
  const reason = /^Unknown|^\d/.test(name) ? `HTTP ${status}` : name;
  if (status === 507 || FULL.includes(reason)) {
    return new StorageFullError(`${request} found no room (${reason})`, { cause: error });
  }
  if (TEMPORARY.includes(status) || reason === 'RequestTimeout') {
    return new StorageUnavailableError(`${request} failed (${reason})`, { cause: error });
  }
  const permission = `s3:${PERMISSIONS[operation] ?? operation}`;
  return new S3Failure(request, reason, status, { permission, cause: error });
}

/**
 * AWS takes a newer checksum in place of the `Content-MD5` that the API prescribes for these; many
 * other servers answer MissingContentMD5.
 */
function sendMd5OfDocuments(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = args.request as { headers: Record<string, string>; body?: string };
      if (NEED_MD5.includes(context.commandName ?? '') && request.body !== undefined) {
        const isChecksum = (header: string) => /^x-amz-(sdk-)?checksum-/i.test(header);
        const others = Object.entries(request.headers).filter(([header]) => !isChecksum(header));
        request.headers = Object.fromEntries(others);
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'sendMd5OfDocuments' },
  );
}
