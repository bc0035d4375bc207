import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type CreateMultipartUploadCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

interface Address {
  Bucket: string;
  Key: string;
}

/**
 * A multipart upload that is begun again because the answer was lost may have been begun twice. The
 * one that nobody knows is ended here, so that it need not wait for the bucket's rule.
 */
export function endTwins(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      if (context.commandName !== 'CreateMultipartUploadCommand') return next(args);
      const { Bucket, Key } = args.input as Address;
      try {
        const result = await next(args);
        const { UploadId, $metadata } = result.output as CreateMultipartUploadCommandOutput;
        if (($metadata.attempts ?? 1) > 1) await endAll(client, { Bucket, Key }, UploadId);
        return result;
      } catch (error) {
        await endAll(client, { Bucket, Key });
        throw error;
      }
    },
    { step: 'initialize', name: 'endTwins' },
  );
}

/** Those of a key, but for one; what goes wrong is left to the bucket's rule. */
async function endAll(client: S3Client, address: Address, except?: string): Promise<void> {
  const { Bucket, Key } = address;
  try {
    const request = new ListMultipartUploadsCommand({ Bucket, Prefix: Key });
    const { Uploads = [] } = await client.send(request);
    const twins = Uploads.filter((upload) => upload.Key === Key && upload.UploadId !== except);
    for (const { UploadId } of twins) {
      await client.send(new AbortMultipartUploadCommand({ ...address, UploadId }));
    }
  } catch {
    // The upload that goes on is none the worse for it.
  }
}
