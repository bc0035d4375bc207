import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../catalogue/video.presenter.js';
import type { Video } from '../catalogue/video.entity.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { pageFields } from '../common/pagination.js';
import type { Page, ProgressDto } from './library.dto.js';
import { isFinished, percentWatched, resumeAt } from './watching.js';
import type { WatchProgress } from './watch-progress.entity.js';
import { WatchProgressRepository, type Position } from './watch-progress.repository.js';

/** What people watch, and how far they have come. */
@Injectable()
export class ProgressService {
  constructor(
    private readonly progress: WatchProgressRepository,
    private readonly presenter: VideoPresenter,
  ) {}

  /** @throws DomainError `video.not_found` */
  async keep(viewer: Viewer, videoId: string, positionSeconds: number): Promise<ProgressDto> {
    const position = await this.progress.keep(viewer, videoId, positionSeconds);
    if (!position) throw new DomainError('video.not_found', 'No video has this id.');
    return toProgressDto(position);
  }

  /** In seconds; 0 for what was not begun, or was watched to its end. */
  async resumeAt(viewer: Viewer, { id, durationSeconds }: Video): Promise<number> {
    const progress = await this.progress.find(viewer.id, id);
    return progress ? resumeAt(progress.positionSeconds, durationSeconds) : 0;
  }

  async continued(viewer: Viewer, page: Page) {
    return this.present(viewer, page, await this.progress.findContinued(viewer, page));
  }

  async history(viewer: Viewer, page: Page) {
    return this.present(viewer, page, await this.progress.findWatched(viewer, page));
  }

  async listOf(userId: string): Promise<WatchProgress[]> {
    return this.progress.findAllOf(userId);
  }

  /** Takes a video off what is gone on with; the history keeps it. */
  async dismiss(viewer: Viewer, videoId: string): Promise<void> {
    await this.progress.dismiss(viewer.id, videoId);
  }

  async forget(viewer: Viewer, videoId: string): Promise<void> {
    await this.progress.forget(viewer.id, videoId);
  }

  async forgetAll(viewer: Viewer): Promise<void> {
    await this.progress.forgetAll(viewer.id);
  }

  private present(
    viewer: Viewer,
    { page, page_size: size }: Page,
    [rows, total]: [WatchProgress[], number],
  ) {
    return {
      entries: rows.flatMap(({ video, positionSeconds, watchedAt }) => {
        if (!video) return [];
        const { durationSeconds } = video;
        const progress = toProgressDto({ positionSeconds, durationSeconds, watchedAt });
        return [{ video: this.presenter.video(video, viewer), progress }];
      }),
      ...pageFields(total, page, size),
    };
  }
}

function toProgressDto({ positionSeconds, durationSeconds, watchedAt }: Position): ProgressDto {
  return {
    position_seconds: positionSeconds,
    percent: percentWatched(positionSeconds, durationSeconds),
    is_finished: isFinished(positionSeconds, durationSeconds),
    watched_at: watchedAt.toISOString(),
  };
}
