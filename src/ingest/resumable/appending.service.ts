import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { hashed } from '../../common/object-hash.js';
import { Scratch } from '../../common/scratch.js';
import { ResumableUploads } from '../../ports/resumable-uploads.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';
import type { IncomingBytes } from './incoming-bytes.js';
import { toUpload } from './resumable-session.js';
import { RunningHashes } from './running-hashes.js';
import { COMPARED_BYTES, pieceTooLarge, type UploadChecksum } from './upload-checksum.js';

interface Compared {
  content: Readable;
  incoming: IncomingBytes;
  checksum: UploadChecksum;
}

/** Adds what comes in to an upload. */
@Injectable()
export class AppendingService {
  private readonly hashes = new RunningHashes();

  constructor(
    private readonly uploads: ResumableUploads,
    private readonly sessions: UploadSessionsRepository,
    private readonly scratch: Scratch,
  ) {}

  /**
   * Keeps what comes, also when it breaks off; with a checksum, all of it or nothing.
   *
   * @returns how many bytes are there now
   * @throws DomainError `upload.checksum_mismatch`, `upload.too_large`, `request.too_large`
   */
  async append(
    session: UploadSession,
    offset: number,
    incoming: IncomingBytes,
    checksum: UploadChecksum | undefined,
  ): Promise<number> {
    const missing = session.sizeBytes - offset;
    const content =
      checksum && missing > COMPARED_BYTES
        ? incoming.read(COMPARED_BYTES, pieceTooLarge)
        : incoming.read(missing);
    try {
      if (!checksum) return await this.add(session, offset, content);
      return await this.addCompared(session, offset, { content, incoming, checksum });
    } finally {
      // Whoever fails before it reads leaves it open.
      content.destroy();
    }
  }

  private async addCompared(
    session: UploadSession,
    offset: number,
    { content, incoming, checksum }: Compared,
  ): Promise<number> {
    return this.scratch.use('piece', async (folder) => {
      const file = path.join(folder, 'piece');
      const hash = createHash(checksum.algorithm);
      await pipeline(hashed(content, hash), createWriteStream(file));
      // What cannot be compared is not taken.
      if (incoming.wasCut) return offset;
      if (!hash.digest().equals(checksum.digest)) throw mismatch();
      return await this.add(session, offset, createReadStream(file));
    });
  }

  private async add(session: UploadSession, offset: number, content: Readable): Promise<number> {
    const { id, storageKey, sizeBytes } = session;
    const hash = this.hashes.resume(id, offset);
    const end = await this.uploads.append(
      toUpload(session),
      offset,
      hash ? hashed(content, hash) : content,
    );
    if (!hash) return end;
    if (end < sizeBytes) this.hashes.keep(id, hash, end);
    else {
      this.hashes.forget(id);
      await this.sessions.rememberHash(storageKey, hash.digest('hex'));
    }
    return end;
  }
}

function mismatch(): DomainError {
  return new DomainError(
    'upload.checksum_mismatch',
    'The bytes are not those of the checksum. Send them again from the same offset.',
  );
}
