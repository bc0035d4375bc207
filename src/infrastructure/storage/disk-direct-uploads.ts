import { createHash, randomBytes, randomUUID, type Hash } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { DomainError } from '../../common/domain-error.js';
import { UuidSchema } from '../../common/ids.js';
import { hashed } from '../../common/object-hash.js';
import type { UploadGrant, UploadTokens } from '../../common/upload-token.js';
import {
  DirectUploads,
  type AnnouncedObject,
  type IncomingContent,
  type OpenUpload,
  type PartSlot,
  type ReceivedContent,
  type SignedAddress,
  type StoredPart,
} from '../../ports/direct-uploads.js';
import type { Locks } from '../../ports/locks.js';
import { writeFlushed } from './flushed-write.js';
import { codeOf, IncomingFolder } from './incoming-folder.js';
import { checkKey } from './object-key.js';
import { endOf, PartsClosedError, PartsFolder } from './parts-folder.js';
import { PrefixHashes } from './prefix-hashes.js';
import { SentBody } from './sent-body.js';
import { checkGrant } from './upload-grant.js';

/** Of the route that receives the bytes. */
const ROUTE = '/api/v1/upload/objects';

/** Of a disk that is full, broken, or not to be written to any more. */
const DISK_FAILURES = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES'];

type PartGrant = UploadGrant & { part: NonNullable<UploadGrant['part']> };

/** Addresses of ours, signed with a key of this installation. */
export class DiskDirectUploads extends DirectUploads {
  private readonly incoming: IncomingFolder;
  private readonly hashes = new PrefixHashes();

  constructor(
    root: string,
    private readonly tokens: UploadTokens,
    private readonly locks: Locks,
  ) {
    super();
    this.incoming = new IncomingFolder(root);
  }

  override address(object: AnnouncedObject, seconds: number): Promise<SignedAddress> {
    const { key, contentType, sizeBytes, sha256 } = object;
    return this.signed({ key, contentType, sizeBytes, ...(sha256 ? { sha256 } : {}) }, seconds);
  }

  override async begin({ key }: AnnouncedObject): Promise<string> {
    const uploadId = randomUUID();
    await this.partsOf(key, uploadId).create();
    return uploadId;
  }

  override partAddress(
    { key, contentType }: AnnouncedObject,
    uploadId: string,
    { number, offset, sizeBytes }: PartSlot,
    seconds: number,
  ): Promise<SignedAddress> {
    return this.signed(
      { key, contentType, sizeBytes, part: { uploadId, number, offset } },
      seconds,
    );
  }

  override async complete(
    key: string,
    uploadId: string,
    parts: readonly StoredPart[],
  ): Promise<string> {
    const folder = this.partsOf(key, uploadId);
    const named = parts.map(({ number, etag }) => ({ number, etag: unquoted(etag) }));
    const whole = await folder.close(named);
    const etags = named.map(({ etag }) => etag);
    const known = this.hashes.resume(uploadId, etags);
    const from = endOf(whole.slice(0, known.parts));
    // Only what did not come in order, or not to this process.
    if (from < endOf(whole)) {
      for await (const chunk of folder.read(from)) known.hash.update(chunk as Buffer);
    }
    await this.incoming.place(key, folder.content);
    await this.discard(key);
    this.hashes.forget(uploadId);
    return known.hash.digest('hex');
  }

  override async discard(key: string): Promise<void> {
    await this.incoming.discard(key);
  }

  override async discardTree(prefix: string): Promise<void> {
    await this.incoming.discardTree(prefix);
  }

  /** None: each has a session, and is found below its key. */
  override untouchedSince(): AsyncIterable<OpenUpload> {
    return Readable.from([]);
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
    const body = new SentBody(content.body);
    return isOfPart(grant) ? this.receivePart(grant, body) : this.receiveWhole(grant, body);
  }

  private async receiveWhole(grant: UploadGrant, body: SentBody): Promise<ReceivedContent> {
    const { key } = grant;
    const draft = await this.newDraft(key);
    try {
      const hash = createHash('sha256');
      await open(draft, 'wx')
        .then((file) => writeFlushed(hashed(body.content, hash), file))
        .catch(toInterruption);
      const sha256 = hash.digest('hex');
      if (grant.sha256 !== undefined && grant.sha256 !== sha256) {
        throw new DomainError(
          'upload.mismatch',
          'The bytes are not those of the announced SHA-256.',
        );
      }
      await this.incoming.place(key, draft);
      return { key, etag: sha256, sha256 };
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** One request at a time: the bytes of two would mix. */
  private async receivePart(grant: PartGrant, body: SentBody): Promise<ReceivedContent> {
    const { uploadId, number } = grant.part;
    const lock = await this.locks.acquire(`upload-part:${uploadId}:${number}`, {
      onWanted: () => body.stopIfIdle(),
      onLost: () => body.stop(),
    });
    if (!lock) {
      throw new DomainError('upload.locked', 'Another request sends this part at this moment.');
    }
    try {
      const etag = await this.writePart(grant, body, () => !lock.isLost).catch(toRefusal);
      return { key: grant.key, etag, sha256: undefined };
    } finally {
      await lock.release();
    }
  }

  /** Hashed as well when all before it is, so that the whole need not be read again. */
  private async writePart(
    { key, part: { uploadId, number, offset }, sizeBytes }: PartGrant,
    body: SentBody,
    stillAlone: () => boolean,
  ): Promise<string> {
    const folder = this.partsOf(key, uploadId);
    const etag = randomBytes(16).toString('hex');
    const part = { number, offset, sizeBytes, etag };
    const before = await this.hashBefore(uploadId, folder, number);
    const content = before ? hashed(body.content, before.hash) : body.content;
    await folder.write(part, content, stillAlone);
    if (before) this.hashes.keep(uploadId, [...before.etags, etag], before.hash);
    return etag;
  }

  /** Undefined when this process does not know all parts before that one. */
  private async hashBefore(
    uploadId: string,
    folder: PartsFolder,
    number: number,
  ): Promise<{ hash: Hash; etags: string[] } | undefined> {
    const there = await folder.parts();
    const etags = Array.from(
      { length: number - 1 },
      (_, index) => there.get(index + 1)?.etag ?? '',
    );
    const { hash, parts } = this.hashes.resume(uploadId, etags);
    return parts === etags.length ? { hash, etags } : undefined;
  }

  private partsOf(key: string, uploadId: string): PartsFolder {
    return new PartsFolder(this.incoming.folderOf(key, uploadId));
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

function isOfPart(grant: UploadGrant): grant is PartGrant {
  return grant.part !== undefined;
}

function unquoted(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

/** Node ends a request that has fewer bytes than its head says with an error. */
function toInterruption(error: unknown): never {
  if (DISK_FAILURES.includes(codeOf(error))) throw error;
  throw interrupted();
}

function toRefusal(error: unknown): never {
  if (!(error instanceof PartsClosedError)) toInterruption(error);
  throw new DomainError('upload.state_conflict', 'The upload takes no more parts.');
}

function interrupted(): DomainError {
  return new DomainError('upload.interrupted', 'The file broke off. Send it again.');
}
