import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Video } from '../../catalogue/video.entity.js';
import { DomainError } from '../../common/domain-error.js';
import { sha256Of } from '../../common/object-hash.js';
import { DirectUploads, PartsMissingError } from '../../ports/direct-uploads.js';
import { foundOr, MediaStorage, type ObjectInfo } from '../../ports/media-storage.js';
import { IngestService, type StoredSource } from '../ingest.service.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';
import { announcedHash } from './announcements.service.js';
import { CoversService } from './covers.service.js';
import type { UploadMetadata } from './direct-upload.dto.js';
import { partsOf } from './upload-parts.js';

/** Makes videos of files that clients have sent straight to the storage. */
@Injectable()
export class DirectIntakeService {
  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly directUploads: DirectUploads,
    private readonly storage: MediaStorage,
    private readonly ingest: IngestService,
    private readonly covers: CoversService,
  ) {}

  /**
   * One video for one upload: whoever says it twice is answered with the same one. What is refused can
   * be said again, as long as the upload has not expired.
   *
   * @throws DomainError `upload.*`, `request.invalid`
   */
  async accept(ownerId: string, request: UploadMetadata): Promise<Video> {
    const session = await this.open(ownerId, request.s3_key, 'direct');
    if (session.videoId === null && session.expiresAt < new Date()) {
      throw new DomainError('upload.expired', 'The upload has expired. Begin it again.');
    }
    if (!(await this.sessions.claim(session.id))) return this.alreadyMade(session);
    try {
      // Left by a process that was killed before it could say that it was done.
      const made = await this.ingest.videoOf(session);
      const video = made ?? (await this.make(session, request));
      await this.sessions.finish(session.id, video.id);
      // What an address has brought a second time, or had begun to.
      await this.directUploads.discard(session.storageKey, null);
      return video;
    } catch (error) {
      await this.sessions.release(session.id);
      throw error;
    }
  }

  private async open(
    ownerId: string,
    key: string,
    kind: UploadSession['kind'],
  ): Promise<UploadSession> {
    const session = await this.sessions.findByKey(key);
    if (session?.ownerId === ownerId && session.kind === kind) return session;
    throw new DomainError('upload.not_found', 'You have no upload with this key.');
  }

  private async alreadyMade({ storageKey }: UploadSession): Promise<Video> {
    const finished = await this.sessions.findByKey(storageKey);
    const video = finished?.finishedAt && (await this.ingest.videoOf(finished));
    if (video && !video.deletedAt) return video;
    throw new DomainError(
      'upload.state_conflict',
      finished?.finishedAt
        ? 'The upload was used already, and its video is gone.'
        : 'The upload becomes a video at this moment. Ask again in a while.',
    );
  }

  private async make(session: UploadSession, request: UploadMetadata): Promise<Video> {
    const source = await this.source(session, request.parts);
    const id = randomUUID();
    const pictureKey = request.thumbnail_s3_key;
    const picture =
      pictureKey === undefined
        ? undefined
        : await this.open(session.ownerId, pictureKey, 'thumbnail');
    const cover = picture && (await this.covers.make(id, picture));
    try {
      const video = await this.ingest.accept(session.ownerId, source, request, {
        allowDuplicate: request.allow_duplicate,
        id,
        cover,
        keepRefused: true,
      });
      if (picture) await this.covers.retire(picture, id);
      return video;
    } catch (error) {
      if (cover) await this.covers.remove(id);
      throw error;
    }
  }

  /** The object as it lies in the storage, once it is what was announced. */
  private async source(
    session: UploadSession,
    parts: UploadMetadata['parts'],
  ): Promise<StoredSource & { etag: string }> {
    const { storageKey: key, storageUploadId: uploadId, sizeBytes, filename } = session;
    const info = await this.arrived(session, parts);
    if (info.sizeBytes !== sizeBytes) {
      throw await this.mismatch(key, `It has ${info.sizeBytes} bytes, and not ${sizeBytes}.`);
    }
    const known = (await this.sessions.findByKey(key))?.sha256 ?? null;
    // A larger one is read once, by the worker, after its film can be watched.
    const sha256 =
      known ?? (uploadId === null ? await foundOr(sha256Of(this.storage, key), notHere) : null);
    const announced = announcedHash(session);
    if (sha256 !== null && announced !== undefined && sha256 !== announced) {
      throw await this.mismatch(key, 'It has another SHA-256 than the one announced.');
    }
    return { key, sizeBytes, sha256, etag: info.etag, originalFilename: filename };
  }

  private async arrived(
    session: UploadSession,
    parts: UploadMetadata['parts'],
  ): Promise<ObjectInfo> {
    const { storageKey: key, storageUploadId: uploadId } = session;
    const find = () => foundOr(this.storage.info(key), notHere);
    if (uploadId === null) return find();
    try {
      return await find();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      await this.complete(session, uploadId, parts);
      return find();
    }
  }

  private async complete(
    { storageKey: key, sizeBytes }: UploadSession,
    uploadId: string,
    parts: UploadMetadata['parts'] = [],
  ): Promise<void> {
    const wanted = partsOf(sizeBytes);
    const stored = wanted.flatMap(({ number }) => {
      const part = parts.find(({ part_number: given }) => given === number);
      return part ? { number, etag: part.etag } : [];
    });
    if (stored.length !== wanted.length || parts.length !== wanted.length) {
      throw new DomainError('request.invalid', 'Name every part once, with its ETag.', [
        { field: 'parts', message: `has to be 1 to ${wanted.length}` },
      ]);
    }
    try {
      const sha256 = await this.directUploads.complete(key, uploadId, stored);
      if (sha256 !== undefined) await this.sessions.rememberHash(key, sha256);
    } catch (error) {
      if (error instanceof PartsMissingError) throw notHere();
      throw error;
    }
  }

  /** An object that nobody can want goes, so that the right one can be sent. */
  private async mismatch(key: string, detail: string): Promise<DomainError> {
    await this.storage.delete(key);
    return new DomainError('upload.mismatch', `The file is not what you announced. ${detail}`);
  }
}

function notHere(): DomainError {
  return new DomainError('upload.incomplete', 'The file is not here yet. Send all of it first.');
}
