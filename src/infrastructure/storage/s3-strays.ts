import { setTimeout as sleep } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type CreateMultipartUploadCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { SHORT_WAIT } from './s3-waits.js';

interface Address {
  Bucket: string;
  Key: string;
}

/** Between two looks; they grow, as S3 may be away. */
const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 60;

/** After which the sweep of uploads is left to it. */
const LOOKS = 30;

/** What was sent may still be on its way when the first look finds nothing. */
const EMPTY_LOOKS = 3;

/**
 * A source has a key that nobody else writes: it is made up for one upload. Two workers may write the same
 * output, and neither may end what the other has begun.
 */
export function isWrittenOnce(key: string): boolean {
  return /^uploads\/users\/[^/]+\/videos\/[^/]+$/.test(key);
}

/**
 * A multipart upload that is begun again because the answer was lost may have been begun twice. The
 * one that nobody knows is ended here.
 */
export function endTwins(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { Bucket, Key } = args.input as Address;
      if (context.commandName !== 'CreateMultipartUploadCommand' || !isWrittenOnce(Key)) {
        return next(args);
      }
      try {
        const result = await next(args);
        const { UploadId, $metadata } = result.output as CreateMultipartUploadCommandOutput;
        if (($metadata.attempts ?? 1) > 1) void endStrays(client, { Bucket, Key }, UploadId);
        return result;
      } catch (error) {
        void endStrays(client, { Bucket, Key });
        throw error;
      }
    },
    { step: 'initialize', name: 'endTwins' },
  );
}

/**
 * Ends the multipart uploads of a key that {@link isWrittenOnce}, but for one: also those that S3 gets to know of
 * late, and once it is back if it is away. Never fails; what a process that ends leaves is for the sweep of uploads.
 */
export async function endStrays(
  client: S3Client,
  address: Address,
  except?: string,
): Promise<void> {
  let [empty, waitSeconds] = [0, FIRST_WAIT_SECONDS];
  for (let look = 0; look < LOOKS && empty < EMPTY_LOOKS; look += 1) {
    const found = await endThoseThere(client, address, except).catch(() => undefined);
    empty = found === 0 ? empty + 1 : 0;
    await sleep(waitSeconds * 1000, undefined, { ref: false });
    waitSeconds = Math.min(2 * waitSeconds, LONGEST_WAIT_SECONDS);
  }
}

/** @returns how many there were */
async function endThoseThere(
  client: S3Client,
  { Bucket, Key }: Address,
  except: string | undefined,
): Promise<number> {
  const request = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
  const { Uploads = [] } = await client.send(request, SHORT_WAIT);
  const strays = Uploads.filter((upload) => upload.Key === Key && upload.UploadId !== except);
  for (const { UploadId } of strays) {
    // One of them may be gone by now.
    await client
      .send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }), SHORT_WAIT)
      .catch(() => undefined);
  }
  return strays.length;
}
