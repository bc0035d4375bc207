import { Injectable } from '@nestjs/common';
import type { Viewer } from '../common/access.js';
import { JobQueue } from '../ports/job-queue.js';
import type { Rendition } from './rendition.entity.js';
import { encodeJobs, prepareJob } from './revision-jobs.js';
import { RevisionsRepository } from './revisions.repository.js';
import type { VideoStatusDto } from './video.dto.js';
import type { Video } from './video.entity.js';
import { VideoPresenter } from './video.presenter.js';
import { VideosRepository } from './videos.repository.js';
import { mayChange } from './video-access.js';
import { VideosService } from './videos.service.js';

/** Where a video stands, before anybody has asked for it. */
export interface Standing {
  video: Video;
  renditions: readonly Rendition[];
  queuePosition: number | undefined;
}

/** How far the processing of a video is. */
@Injectable()
export class StatusService {
  constructor(
    private readonly catalogue: VideosService,
    private readonly videos: VideosRepository,
    private readonly revisions: RevisionsRepository,
    private readonly presenter: VideoPresenter,
    private readonly jobs: JobQueue,
  ) {}

  /** @throws DomainError `video.not_found` */
  async status(id: string, viewer: Viewer): Promise<VideoStatusDto> {
    return this.present(await this.standingOf(await this.catalogue.visible(id, viewer)), viewer);
  }

  /** Undefined when there is no such video any more. */
  async standing(id: string): Promise<Standing | undefined> {
    const video = await this.videos.findById(id);
    return video ? this.standingOf(video) : undefined;
  }

  /** What a viewer who may see the video is told. */
  present(
    { video, renditions, queuePosition }: Standing,
    viewer: Pick<Viewer, 'id' | 'role'>,
  ): VideoStatusDto {
    const status = this.presenter.status(video, renditions, queuePosition);
    // The log is for those who can do something about it.
    if (status.error && !mayChange(video, viewer)) status.error.log_tail = [];
    return status;
  }

  private async standingOf(video: Video): Promise<Standing> {
    const revision = await this.revisions.findNewest(video.id);
    if (!revision) return { video, renditions: [], queuePosition: undefined };
    // One that people can watch already may still have to wait for its other sizes.
    const mayWait = ['queued', 'encoding'].includes(video.progressStage);
    return {
      video,
      renditions: await this.revisions.findRenditions(revision.id),
      queuePosition: mayWait ? await this.queuePosition(video, revision) : undefined,
    };
  }

  /** Unknown while the queue's store is away: the rest of the status is worth more than that. */
  private async queuePosition(
    { status }: Video,
    revision: Parameters<typeof encodeJobs>[0],
  ): Promise<number | undefined> {
    const isWaiting = status === 'pending' || status === 'processing';
    const jobs = isWaiting ? [prepareJob(revision.id), ...encodeJobs(revision)] : [];
    try {
      const positions = await Promise.all(jobs.map(({ name, id }) => this.jobs.position(name, id)));
      const known = positions.filter((position) => position !== undefined);
      return known.length > 0 ? Math.min(...known) : undefined;
    } catch {
      return undefined;
    }
  }
}
