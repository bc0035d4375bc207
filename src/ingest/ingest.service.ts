import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { ProcessingService } from '../catalogue/processing.service.js';
import type { Video, Visibility } from '../catalogue/video.entity.js';
import type { JobPayload } from '../ports/job-contracts.js';
import { JobQueue } from '../ports/job-queue.js';
import { MediaStorage } from '../ports/media-storage.js';

/** A source that lies in the storage and belongs to nobody's video yet. */
export interface StoredSource {
  key: string;
  sizeBytes: number;
  sha256: string;
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
}

/** Turns a stored source into a video whose processing begins, however the source came here. */
@Injectable()
export class IngestService {
  private readonly logger = new Logger('Ingest');

  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly jobs: JobQueue,
  ) {}

  /**
   * Takes over the source; whenever this throws, the source is deleted.
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
      await this.storage.delete(source.key);
      throw error;
    }
  }

  private async create(
    ownerId: string,
    source: StoredSource,
    description: VideoDescription,
    { allowDuplicate, priority }: AcceptOptions,
  ): Promise<Video> {
    if (source.sizeBytes === 0) throw new DomainError('upload.empty', 'The file holds no bytes.');
    if (!allowDuplicate) await this.refuseDuplicate(ownerId, source.sha256);
    const revisionId = randomUUID();
    const video = await this.processing.create(
      {
        id: randomUUID(),
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
    const existing = await this.processing.findDuplicate(ownerId, sha256);
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
