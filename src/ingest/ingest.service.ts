import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { IntakeService } from '../catalogue/intake.service.js';
import { SourcesService, type NewReuse } from '../catalogue/sources/sources.service.js';
import type { Video, Visibility } from '../catalogue/video.entity.js';
import type { JobPayload } from '../ports/job-contracts.js';
import { JobQueue } from '../ports/job-queue.js';
import { MediaStorage } from '../ports/media-storage.js';
import type { UploadSession } from './sessions/upload-session.entity.js';

/** A source that lies in the storage and belongs to nobody's video yet. */
export interface StoredSource {
  key: string;
  sizeBytes: number;
  /** Null when nobody has read all the bytes yet. */
  sha256: string | null;
  /** Given where it could still change: a source that has another one later is refused. */
  etag?: string;
  originalFilename: string;
}

/** What the uploader says about a video. */
export interface VideoDescription {
  title?: string | undefined;
  description?: string | undefined;
  genres: readonly string[];
  tags: readonly string[];
  language?: string | undefined;
  visibility: Visibility;
}

interface AcceptOptions {
  allowDuplicate: boolean;
  /** Priority of the processing, 1 first; none is before all. */
  priority?: number;
  /** Of the video; a new one when absent. */
  id?: string;
  /** Pictures of the uploader's, which stand for the video instead of its own frames. */
  cover?: Cover | undefined;
  /** The source stays where it is when it is refused, so that it can be offered again. */
  keepRefused?: true;
}

/** Keys of pictures that an uploader has chosen. */
export type Cover = Record<'thumbnailKey' | 'posterKey', string>;

/** Turns a stored source into a video whose processing begins, however the source came here. */
@Injectable()
export class IngestService {
  private readonly logger = new Logger('Ingest');

  constructor(
    private readonly intake: IntakeService,
    private readonly sources: SourcesService,
    private readonly storage: MediaStorage,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Takes over the source; whenever this throws, the source is deleted unless it is to be kept.
   *
   * @throws DomainError `upload.empty`, `upload.duplicate`, `request.invalid`
   */
  async accept(
    ownerId: string,
    source: StoredSource,
    description: VideoDescription,
    options: AcceptOptions,
  ): Promise<Video> {
    try {
      return await this.create(ownerId, source, description, options);
    } catch (error) {
      if (!options.keepRefused) await this.discard(source.key);
      throw error;
    }
  }

  /** Removes a source that becomes no video. It is refused for another reason, which this must not hide. */
  async discard(key: string): Promise<void> {
    try {
      await this.storage.delete(key);
    } catch (error) {
      this.logger.warn(`${key} stays until the storage is pruned: ${String(error)}`);
    }
  }

  /** The video that was made of an upload, if there is one. */
  async videoOf(
    upload: Pick<UploadSession, 'ownerId' | 'storageKey' | 'videoId'>,
  ): Promise<Video | null> {
    return this.intake.findBySource(upload.ownerId, upload.storageKey, upload.videoId);
  }

  /** The video of the same bytes that this owner has, if there is one. */
  async duplicateOf(ownerId: string, sha256: string): Promise<Video | null> {
    return this.intake.findDuplicate(ownerId, sha256);
  }

  /** @throws DomainError `request.invalid`, before anything is sent */
  async checkGenres(slugs: readonly string[]): Promise<void> {
    await this.intake.genres(slugs);
  }

  /**
   * Makes a further video of the source of one that is there.
   *
   * @returns its id
   * @throws DomainError `video.not_found`, `video.state_conflict`
   */
  async reuse(reuse: NewReuse): Promise<string> {
    const ids = { videoId: randomUUID(), revisionId: randomUUID() };
    await this.sources.share({ ...reuse, ...ids });
    await this.enqueue({ video_id: ids.videoId, revision_id: ids.revisionId }, undefined);
    return ids.videoId;
  }

  private async create(
    ownerId: string,
    source: StoredSource,
    description: VideoDescription,
    { allowDuplicate, priority, id = randomUUID(), cover }: AcceptOptions,
  ): Promise<Video> {
    if (source.sizeBytes === 0) throw new DomainError('upload.empty', 'The file holds no bytes.');
    if (!allowDuplicate && source.sha256 !== null) {
      await this.refuseDuplicate(ownerId, source.sha256);
    }
    const revisionId = randomUUID();
    const video = await this.intake.create(
      {
        id,
        ownerId,
        title: description.title ?? titleFrom(source.originalFilename),
        description: description.description ?? '',
        language: description.language ?? null,
        tags: [...description.tags],
        visibility: description.visibility,
        originalFilename: source.originalFilename,
        sourceKey: source.key,
        sourceSizeBytes: source.sizeBytes,
        sourceSha256: source.sha256,
        sourceEtag: source.etag ?? null,
        ...(cover ? { ...cover, hasOwnCover: true } : {}),
      },
      description.genres,
      revisionId,
    );
    await this.enqueue({ video_id: video.id, revision_id: revisionId }, priority);
    return video;
  }

  /** The video is there: when its job cannot be added now, the sweep adds it later. */
  private async enqueue(ids: JobPayload<'prepare'>, priority: number | undefined): Promise<void> {
    const options = { id: `prepare-${ids.revision_id}`, ...(priority ? { priority } : {}) };
    try {
      await this.jobs.add('prepare', ids, options);
    } catch (error) {
      this.logger.warn(`video ${ids.video_id} has no job yet: ${String(error)}`);
    }
  }

  private async refuseDuplicate(ownerId: string, sha256: string): Promise<void> {
    const existing = await this.duplicateOf(ownerId, sha256);
    if (!existing) return;
    throw new DomainError('upload.duplicate', `You uploaded this file already: ${existing.id}`, [
      { field: 'file', message: `is the same as the file of video ${existing.id}` },
    ]);
  }
}

/** `my_holiday-2026.final.mp4` becomes `my holiday-2026.final`. */
function titleFrom(filename: string): string {
  const stem = filename
    .replace(/\.[^.]*$/, '')
    .replaceAll('_', ' ')
    .trim();
  return (stem || 'Untitled').slice(0, 200);
}
