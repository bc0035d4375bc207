import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DomainError } from '../../common/domain-error.js';
import { UuidSchema } from '../../common/ids.js';
import { hashed } from '../../common/object-hash.js';
import type { UploadGrant, UploadTokens } from '../../common/upload-token.js';
import {
  DirectUploads,
  PartsMissingError,
  type AnnouncedObject,
  type IncomingContent,
  type PartSlot,
  type ReceivedContent,
  type SignedAddress,
  type StoredPart,
} from '../../ports/direct-uploads.js';
import { codeOf, IncomingFolder } from './incoming-folder.js';
import { checkKey } from './object-key.js';
import { checkGrant } from './upload-grant.js';
import { WRITE_BUFFER_BYTES } from './write-buffer.js';

/** Of the route that receives the bytes. */
const ROUTE = '/api/v1/upload/objects';

/** Addresses of ours, signed with a key of this installation. */
export class DiskDirectUploads extends DirectUploads {
  private readonly incoming: IncomingFolder;

  constructor(
    root: string,
    private readonly tokens: UploadTokens,
  ) {
    super();
    this.incoming = new IncomingFolder(root);
  }

  override address(object: AnnouncedObject, seconds: number): Promise<SignedAddress> {
    const { key, contentType, sizeBytes, sha256 } = object;
    return this.signed({ key, contentType, sizeBytes, ...(sha256 ? { sha256 } : {}) }, seconds);
  }

  override begin({ key }: AnnouncedObject): Promise<string> {
    return new Promise((resolve) => {
      checkKey(key);
      resolve(randomUUID());
    });
  }

  override partAddress(
    { key, contentType }: AnnouncedObject,
    uploadId: string,
    { number, sizeBytes }: PartSlot,
    seconds: number,
  ): Promise<SignedAddress> {
    return this.signed({ key, contentType, sizeBytes, part: { uploadId, number } }, seconds);
  }

  override async complete(
    key: string,
    uploadId: string,
    parts: readonly StoredPart[],
  ): Promise<string> {
    const files = parts.map((part) =>
      path.join(this.incoming.folderOf(key, uploadId), partName(part)),
    );
    await Promise.all(files.map((file) => isThere(file, key)));
    const draft = await this.newDraft(key);
    const hash = createHash('sha256');
    await write(draft, Readable.from(contentOf(files)), hash);
    await this.incoming.place(key, draft);
    await this.discard(key);
    return hash.digest('hex');
  }

  override async discard(key: string): Promise<void> {
    await this.incoming.discard(key);
  }

  override async discardTree(prefix: string): Promise<void> {
    await this.incoming.discardTree(prefix);
  }

  override began(uploadId: string): boolean {
    return UuidSchema.safeParse(uploadId).success;
  }

  override keyOf(token: string): string | undefined {
    return this.tokens.verify(token)?.key;
  }

  override async receive(content: IncomingContent): Promise<ReceivedContent> {
    const grant = this.tokens.verify(content.token);
    checkGrant(grant, content);
    await this.incoming.refuseSecond(grant.key);
    const draft = await this.newDraft(grant.key);
    try {
      const hash = createHash('sha256');
      await write(draft, content.body, hash).catch(toInterruption);
      return await this.keep(draft, grant, hash.digest('hex'));
    } finally {
      await rm(draft, { force: true });
    }
  }

  private async keep(draft: string, grant: UploadGrant, sha256: string): Promise<ReceivedContent> {
    const { key, part } = grant;
    if (part) {
      await this.keepPart(draft, key, part.uploadId, { number: part.number, etag: sha256 });
      return { key, etag: sha256, sha256: undefined };
    }
    if (grant.sha256 !== undefined && grant.sha256 !== sha256) {
      throw new DomainError('upload.mismatch', 'The bytes are not those of the announced SHA-256.');
    }
    await this.incoming.place(key, draft);
    return { key, etag: sha256, sha256 };
  }

  /** The part takes the place of one of the same number, so that nobody fills the disk with them. */
  private async keepPart(draft: string, key: string, uploadId: string, part: StoredPart) {
    const folder = this.incoming.folderOf(key, uploadId);
    await mkdir(folder, { recursive: true });
    const name = partName(part);
    await rename(draft, path.join(folder, name));
    const number = name.slice(0, name.indexOf('.') + 1);
    const others = (await readdir(folder)).filter((other) => other.startsWith(number));
    for (const other of others) {
      if (other !== name) await rm(path.join(folder, other), { force: true });
    }
  }

  private async newDraft(key: string): Promise<string> {
    const folder = this.incoming.folderOf(key);
    await mkdir(folder, { recursive: true });
    return path.join(folder, randomUUID());
  }

  /** Rejects instead of throwing, as every storage does. */
  private signed(grant: Omit<UploadGrant, 'expires'>, seconds: number): Promise<SignedAddress> {
    return new Promise((resolve) => {
      checkKey(grant.key);
      const expires = Math.floor(Date.now() / 1000) + seconds;
      resolve({
        url: `${ROUTE}/${this.tokens.sign({ ...grant, expires })}`,
        headers: { 'content-type': grant.contentType },
      });
    });
  }
}

/** The number in as many digits as the last one has, and what the part consists of. */
function partName({ number, etag }: StoredPart): string {
  const [, sha256] = /^"?([0-9a-f]{64})"?$/.exec(etag) ?? [];
  if (sha256 === undefined) throw new PartsMissingError(`no part has the ETag ${etag}`);
  return `${String(number).padStart(5, '0')}.${sha256}`;
}

async function isThere(file: string, key: string): Promise<void> {
  try {
    await access(file);
  } catch (error) {
    throw new PartsMissingError(key, { cause: error });
  }
}

/** One file after the other, a piece at a time. */
async function* contentOf(files: readonly string[]): AsyncIterable<Buffer> {
  const options = { highWaterMark: WRITE_BUFFER_BYTES };
  for (const file of files) yield* createReadStream(file, options) as AsyncIterable<Buffer>;
}

/** Streams to a new file, flushed at the end. */
async function write(draft: string, content: Readable, hash: Hash): Promise<void> {
  const options = { flags: 'wx', flush: true, highWaterMark: WRITE_BUFFER_BYTES };
  await pipeline(hashed(content, hash), createWriteStream(draft, options));
}

/** Node ends a request that has fewer bytes than its head says with an error. */
function toInterruption(error: unknown): never {
  if (['ENOSPC', 'EDQUOT', 'EIO'].includes(codeOf(error))) throw error;
  throw new DomainError('upload.interrupted', 'The file broke off. Send it again.');
}
