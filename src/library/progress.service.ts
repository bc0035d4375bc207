import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../catalogue/video.presenter.js';
import type { Video } from '../catalogue/video.entity.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { pageFields } from '../common/pagination.js';
import { toProgressDto, type Page, type ProgressDto } from './library.dto.js';
import { continueViewing, isView } from './views/viewing.js';
import { ViewCounter } from './views/view-counter.service.js';
import { resumeAt } from './watching.js';
import type { WatchProgress } from './watch-progress.entity.js';
import { WatchProgressRepository } from './watch-progress.repository.js';

/** What people watch, and how far they have come. */
@Injectable()
export class ProgressService {
  constructor(
    private readonly progress: WatchProgressRepository,
    private readonly presenter: VideoPresenter,
    private readonly views: ViewCounter,
  ) {}

  /**
   * What a player says of where it is; enough of it in a row is a view.
   *
   * @throws DomainError `video.not_found`
   */
  async keep(viewer: Viewer, videoId: string, reportedSeconds: number): Promise<ProgressDto> {
    const reported = await this.progress.findReported(viewer, videoId);
    if (!reported) throw notFound();
    const { durationSeconds, playable, before } = reported;
    const positionSeconds = Math.min(reportedSeconds, durationSeconds ?? Infinity);
    const viewing = continueViewing(before, positionSeconds);
    const isNewView = playable && !viewing.isViewed && isView(viewing.seconds, durationSeconds);
    const kept = { ...viewing, isViewed: viewing.isViewed || isNewView };
    const watchedAt = await this.progress.keep(viewer.id, videoId, positionSeconds, kept);
    if (!watchedAt) throw notFound();
    if (isNewView) await this.views.count(viewer.id, videoId);
    return toProgressDto({ positionSeconds, durationSeconds, watchedAt });
  }

  /** In seconds; 0 for what was not begun, or was watched to its end. */
  async resumeAt(viewer: Viewer, { id, durationSeconds }: Video): Promise<number> {
    const progress = await this.progress.find(viewer.id, id);
    return progress ? resumeAt(progress.positionSeconds, durationSeconds) : 0;
  }

  async history(viewer: Viewer, page: Page) {
    const [rows, total] = await this.progress.findWatched(viewer, page);
    return {
      entries: rows.flatMap(({ video, positionSeconds, watchedAt }) => {
        if (!video) return [];
        const { durationSeconds } = video;
        const progress = toProgressDto({ positionSeconds, durationSeconds, watchedAt });
        return [{ video: this.presenter.video(video, viewer), progress }];
      }),
      ...pageFields(total, page.page, page.page_size),
    };
  }

  async listOf(userId: string): Promise<WatchProgress[]> {
    return this.progress.findAllOf(userId);
  }

  async forget(viewer: Viewer, videoId: string): Promise<void> {
    await this.progress.forget(viewer.id, videoId);
  }

  async forgetAll(viewer: Viewer): Promise<void> {
    await this.progress.forgetAll(viewer.id);
  }
}

function notFound(): DomainError {
  return new DomainError('video.not_found', 'No video has this id.');
}
