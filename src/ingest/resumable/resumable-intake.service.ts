import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { Video } from '../../catalogue/video.entity.js';
import { DomainError } from '../../common/domain-error.js';
import { sha256Of } from '../../common/object-hash.js';
import { MediaStorage, ObjectNotFoundError } from '../../ports/media-storage.js';
import { ResumableUploads, UploadGoneError } from '../../ports/resumable-uploads.js';
import { IngestService, type StoredSource } from '../ingest.service.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';
import { expired, toUpload, type UploadProgress } from './resumable-session.js';
import { parseMetadata } from './upload-metadata.js';

/** A larger file is hashed by the worker, after its film can be watched: the client waits meanwhile. */
const HASHED_WHILE_WAITING_BYTES = 1024 ** 3;

const PairsSchema = z.record(z.string(), z.string().nullable());

/**
 * Makes the video of a file that came in pieces. The video has the id of its upload, so that nothing can
 * make it twice; whoever calls has to hold the upload's lock all the same.
 */
@Injectable()
export class ResumableIntake {
  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly uploads: ResumableUploads,
    private readonly storage: MediaStorage,
    private readonly ingest: IngestService,
  ) {}

  /**
   * How far an upload is; when all of it is here, the video is made first, unless it has been.
   *
   * @throws DomainError `upload.expired`
   */
  async progress(session: UploadSession): Promise<UploadProgress> {
    const { finishedAt, sizeBytes, videoId, refusal } = session;
    if (finishedAt && (videoId !== null || refusal)) return { offset: sizeBytes, videoId, refusal };
    if (finishedAt) throw expired();
    const offset = await this.uploads.offset(toUpload(session)).catch(toExpired);
    if (offset < sizeBytes) return { offset, videoId: null, refusal: null };
    return this.finish(session);
  }

  /** Whether all of it is here, and is a video now or has been refused. */
  async finishComplete(session: UploadSession): Promise<boolean> {
    try {
      return (await this.progress(session)).offset === session.sizeBytes;
    } catch (error) {
      if (error instanceof DomainError && error.code === 'upload.expired') return false;
      throw error;
    }
  }

  /** Removes all bytes of an upload that is not finished; the row stays. */
  async abandon(session: UploadSession): Promise<void> {
    await this.removeBytes(session);
    await this.sessions.finish(session.id, null);
  }

  /** The same, and no row stays. */
  async forget(session: UploadSession): Promise<void> {
    await this.removeBytes(session);
    await this.sessions.delete(session.id);
  }

  private async removeBytes(session: UploadSession): Promise<void> {
    await this.uploads.discard(toUpload(session));
    await this.storage.delete(session.storageKey);
  }

  private async finish(session: UploadSession): Promise<UploadProgress> {
    // Left by a process that was killed before it could say that it was done.
    const made = await this.madeOf(session);
    if (made) return this.finishWith(session, made);
    const source = await this.source(session);
    try {
      return await this.finishWith(session, await this.make(session, source));
    } catch (error) {
      // A process that has lost its lock may have been quicker: then the video is the right one.
      const made = await this.madeOf(session);
      if (made) return this.finishWith(session, made);
      if (error instanceof DomainError) return this.refuse(session, error);
      throw error;
    }
  }

  private madeOf({ id: videoId, ownerId, storageKey }: UploadSession): Promise<Video | null> {
    return this.ingest.videoOf({ ownerId, storageKey, videoId });
  }

  private async finishWith(session: UploadSession, { id: videoId }: Video) {
    await this.uploads.discard(toUpload(session));
    await this.sessions.finish(session.id, videoId);
    return { offset: session.sizeBytes, videoId, refusal: null };
  }

  private async make({ id, ownerId, description }: UploadSession, source: StoredSource) {
    const metadata = parseMetadata(PairsSchema.parse(description));
    const { allow_duplicate: allowDuplicate } = metadata;
    return this.ingest.accept(ownerId, source, metadata, { allowDuplicate, id, keepRefused: true });
  }

  /** Remembered, as the answer can be lost; the bytes are of no use any more. */
  private async refuse(
    session: UploadSession,
    { code, detail, errors }: DomainError,
  ): Promise<UploadProgress> {
    const { ownerId, storageKey, sizeBytes: offset } = session;
    const refusal = { code, detail, ...(errors ? { errors } : {}) };
    const { sha256 } = (await this.sessions.findByKey(storageKey)) ?? session;
    const duplicate =
      code === 'upload.duplicate' && sha256 !== null
        ? await this.ingest.duplicateOf(ownerId, sha256)
        : null;
    const videoId = duplicate?.id ?? null;
    await this.sessions.refuse(session.id, refusal, videoId);
    await this.removeBytes(session);
    return { offset, videoId, refusal };
  }

  private async source(session: UploadSession): Promise<StoredSource> {
    const { storageKey: key, sizeBytes, filename: originalFilename } = session;
    if (!(await this.isObject(key))) {
      await this.uploads.complete(toUpload(session)).catch(toExpired);
    }
    return { key, sizeBytes, sha256: await this.hashOf(session), originalFilename };
  }

  private async isObject(key: string): Promise<boolean> {
    try {
      await this.storage.info(key);
      return true;
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return false;
      throw error;
    }
  }

  private async hashOf({ storageKey, sizeBytes }: UploadSession): Promise<string | null> {
    const known = (await this.sessions.findByKey(storageKey))?.sha256;
    if (known) return known;
    if (sizeBytes > HASHED_WHILE_WAITING_BYTES) return null;
    const sha256 = await sha256Of(this.storage, storageKey);
    await this.sessions.rememberHash(storageKey, sha256);
    return sha256;
  }
}

function toExpired(error: unknown): never {
  throw error instanceof UploadGoneError ? expired() : error;
}
