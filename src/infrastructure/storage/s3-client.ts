import { createHash } from 'node:crypto';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { StorageConfig } from '../../config/config.js';

export type S3Config = Extract<StorageConfig, { kind: 's3' }>;

const ATTEMPTS = 4;
const CONNECT_MILLISECONDS = 5_000;
/** Until the answer begins, the sending of one part included. */
const ANSWER_MILLISECONDS = 120_000;
/** A viewer who pauses leaves a body unread; longer than this and the player has to ask again. */
const IDLE_MILLISECONDS = 300_000;
/** A body that is being read keeps its socket, so these bound how many viewers read at once. */
const MAX_SOCKETS = 256;

/** An operation that S3 refused, failed or did not answer; the message is for the administrator. */
export class S3Failure extends Error {
  override readonly name = 'S3Failure';

  /**
   * @param operation such as `PutObject`
   * @param code S3's error code, or that of the connection when there is no `status`
   * @param status of the HTTP answer
   */
  constructor(
    operation: string,
    code: string,
    readonly status: number | undefined,
    options?: ErrorOptions,
  ) {
    super(`s3:${operation} ${outcome(status)} (${code})`, options);
  }
}

/** A client whose operations fail with an {@link S3Failure}. */
export function s3Client(config: S3Config): S3Client {
  const { endpoint, region, accessKeyId, secretAccessKey } = config;
  const address: S3ClientConfig = endpoint === undefined ? {} : { endpoint, forcePathStyle: true };
  const client = new S3Client({
    ...address,
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
  sendMd5OfDeletions(client);
  return client;
}

function outcome(status: number | undefined): string {
  if (status === undefined) return 'got no answer';
  return status < 500 ? 'was refused' : 'failed';
}

function nameFailures(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const operation = (context.commandName ?? 'Request').replace(/Command$/, '');
        throw toFailure(operation, error);
      }
    },
    { step: 'initialize', priority: 'high', name: 'nameFailures' },
  );
}

function toFailure(operation: string, error: unknown): S3Failure {
  const { name, code, $metadata } = error as {
    name: string;
    code?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  if (status === undefined) return new S3Failure(operation, code ?? name, status, { cause: error });
  // The answer to a HEAD has no body that could name the reason.
  const reason = /^Unknown|^\d/.test(name) ? `HTTP ${status}` : name;
  return new S3Failure(operation, reason, status, { cause: error });
}

/**
 * AWS takes a newer checksum in place of the `Content-MD5` that the API prescribes for DeleteObjects;
 * many other servers answer MissingContentMD5.
 */
function sendMd5OfDeletions(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const request = args.request as { headers: Record<string, string>; body?: string };
      if (context.commandName === 'DeleteObjectsCommand' && request.body !== undefined) {
        const isChecksum = (header: string) => /^x-amz-(sdk-)?checksum-/i.test(header);
        const others = Object.entries(request.headers).filter(([header]) => !isChecksum(header));
        request.headers = Object.fromEntries(others);
        request.headers['content-md5'] = createHash('md5').update(request.body).digest('base64');
      }
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'sendMd5OfDeletions' },
  );
}
