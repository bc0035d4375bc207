import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { encodeJobs, prepareJob, publishJob } from '../catalogue/revision-jobs.js';
import { ENTERED_FROM } from '../catalogue/video-status.js';
import type { Video } from '../catalogue/video.entity.js';
import { VideosService } from '../catalogue/videos.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { outputPrefix } from '../media/object-keys.js';
import { JobQueue } from '../ports/job-queue.js';
import { MediaStorage, ObjectNotFoundError } from '../ports/media-storage.js';

/** Stops the processing of a video, and begins it anew. */
@Injectable()
export class ControlService {
  private readonly logger = new Logger('Control');

  constructor(
    private readonly videos: VideosService,
    private readonly processing: ProcessingService,
    private readonly jobs: JobQueue,
    private readonly storage: MediaStorage,
  ) {}

  /** @throws DomainError `video.not_found`, `auth.forbidden`, `video.state_conflict` */
  async cancel(id: string, viewer: Viewer): Promise<void> {
    const video = await this.videos.changeable(id, viewer);
    const work = await this.processing.cancel(video);
    if (!work) {
      throw new DomainError(
        'video.state_conflict',
        'Only what is being processed can be cancelled.',
      );
    }
    await this.clear(work);
  }

  /** Takes away what is left of a revision that is not wanted any more: its jobs and its files. */
  async clear(work: Work): Promise<void> {
    await this.removeJobs(work);
    // Whoever is busy with it removes what comes after this.
    await this.storage.deleteTree(outputPrefix(work.video.id, work.revision.id));
  }

  /**
   * @param rendition one of the video's, or the whole video when absent
   * @throws DomainError `video.not_found`, `auth.forbidden`, `video.state_conflict`, `request.invalid`
   */
  async retry(id: string, viewer: Viewer, rendition?: string): Promise<void> {
    const video = await this.videos.changeable(id, viewer);
    if (rendition !== undefined) await this.demandRendition(id, rendition);
    await this.restart(video);
  }

  async listFailed(): Promise<Video[]> {
    return this.processing.findFailed();
  }

  /** @throws DomainError `video.state_conflict` when it is in another state, or its source is gone */
  async restart(video: Video): Promise<void> {
    const state = new DomainError(
      'video.state_conflict',
      'Only a video that has failed or was cancelled can be processed again.',
    );
    if (!ENTERED_FROM.pending.includes(video.status)) throw state;
    await this.demandSource(video);
    const revisionId = randomUUID();
    if (!(await this.processing.reopen(video.id, revisionId))) throw state;
    await this.enqueue(video.id, revisionId);
  }

  /** What could not be removed finds nothing to do when it comes up. */
  private async removeJobs({ revision }: Work): Promise<void> {
    const jobs = [prepareJob(revision.id), publishJob(revision.id), ...encodeJobs(revision)];
    for (const { name, id } of jobs) {
      await this.jobs.remove(name, id).catch((error: unknown) => {
        this.logger.warn(`job ${id} is still there: ${String(error)}`);
      });
    }
  }

  private async demandRendition(videoId: string, name: string): Promise<void> {
    const renditions = await this.processing.newestRenditions(videoId);
    if (renditions.some((rendition) => rendition.name === name)) return;
    throw new DomainError('request.invalid', 'One or more fields are wrong.', [
      { field: 'rendition', message: `the video has no rendition ${name}` },
    ]);
  }

  private async demandSource({ sourceKey }: Video): Promise<void> {
    try {
      if (sourceKey !== null) {
        await this.storage.info(sourceKey);
        return;
      }
    } catch (error) {
      if (!(error instanceof ObjectNotFoundError)) throw error;
    }
    throw new DomainError(
      'video.state_conflict',
      'The uploaded file is gone, so there is nothing to process again. Please upload it anew.',
    );
  }

  /** The video is there: when its job cannot be added now, the sweep adds it later. */
  private async enqueue(videoId: string, revisionId: string): Promise<void> {
    const { id } = prepareJob(revisionId);
    const payload = { video_id: videoId, revision_id: revisionId };
    await this.jobs.add('prepare', payload, { id }).catch((error: unknown) => {
      this.logger.warn(`video ${videoId} has no job yet: ${String(error)}`);
    });
  }
}
