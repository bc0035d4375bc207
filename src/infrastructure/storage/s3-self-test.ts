import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListPartsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { deleteObjects } from './s3-deletion.js';
import { SHORT_WAIT } from './s3-waits.js';

const PREFIX = 'self-test/';
const CONTENT = 'videoflix';

/**
 * Does once, with objects of its own, everything the platform asks of a bucket. Objects put and
 * objects sent in parts both come, go and are listed.
 *
 * @throws S3Failure, whose message names the permission that the key lacks
 */
export async function testBucket(client: S3Client, Bucket: string): Promise<void> {
  const id = randomUUID();
  const whole = { Bucket, Key: `${PREFIX}${id}` };
  const inParts = { Bucket, Key: `${PREFIX}${id}-parts` };
  const probe = new BucketProbe(client);
  try {
    await probe.put(whole);
    await probe.read(whole);
    await probe.sendInParts(inParts);
    await probe.giveUpParts(inParts);
    await probe.list(whole);
  } catch (error) {
    const keys = [whole.Key, inParts.Key];
    await deleteObjects(client, Bucket, keys).catch(() => undefined);
    throw error;
  }
  await client.send(new DeleteObjectCommand(whole), SHORT_WAIT);
  await deleteObjects(client, Bucket, [inParts.Key]);
}

interface Address {
  Bucket: string;
  Key: string;
}

class BucketProbe {
  constructor(private readonly client: S3Client) {}

  async put(address: Address): Promise<void> {
    await this.client.send(new PutObjectCommand({ ...address, Body: CONTENT }), SHORT_WAIT);
  }

  async read(address: Address): Promise<void> {
    const whole = await this.bytes(address);
    const part = await this.bytes(address, 'bytes=1-3');
    if (whole === CONTENT && part === CONTENT.slice(1, 4)) return;
    throw new Error(`what was written to bucket ${address.Bucket} is not what is read back`);
  }

  async sendInParts(address: Address): Promise<void> {
    const upload = await this.beginParts(address);
    const part = new UploadPartCommand({ ...upload, PartNumber: 1, Body: CONTENT });
    const { ETag } = await this.client.send(part, SHORT_WAIT);
    await this.client.send(new ListPartsCommand(upload), SHORT_WAIT);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const completion = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload });
    await this.client.send(completion, SHORT_WAIT);
  }

  async giveUpParts(address: Address): Promise<void> {
    const upload = await this.beginParts(address);
    await this.client.send(new AbortMultipartUploadCommand(upload), SHORT_WAIT);
  }

  async list({ Bucket, Key }: Address): Promise<void> {
    const pages = paginateListObjectsV2(
      { client: this.client },
      { Bucket, Prefix: PREFIX },
      SHORT_WAIT,
    );
    for await (const { Contents = [] } of pages) {
      if (Contents.some((listed) => listed.Key === Key)) return;
    }
    throw new Error(`what was written to bucket ${Bucket} is not listed`);
  }

  private async beginParts(address: Address): Promise<Address & { UploadId: string | undefined }> {
    const request = new CreateMultipartUploadCommand(address);
    const { UploadId } = await this.client.send(request, SHORT_WAIT);
    return { ...address, UploadId };
  }

  private async bytes(address: Address, Range?: string): Promise<string> {
    const request = new GetObjectCommand({ ...address, Range });
    const { Body } = await this.client.send(request, SHORT_WAIT);
    return Body instanceof Readable ? text(Body) : '';
  }
}
