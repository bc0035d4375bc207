import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../catalogue/video.presenter.js';
import type { Viewer } from '../common/access.js';
import { pageFields } from '../common/pagination.js';
import { ContinueWatchingRepository } from './continue-watching.repository.js';
import { toProgressDto, type Page } from './library.dto.js';

/** What people have begun and not finished, and the episodes that come next. */
@Injectable()
export class ContinueWatchingService {
  constructor(
    private readonly continued: ContinueWatchingRepository,
    private readonly presenter: VideoPresenter,
  ) {}

  async page(viewer: Viewer, page: Page) {
    const [entries, total] = await this.continued.findPage(viewer, page);
    return {
      entries: entries.map(({ video, positionSeconds, watchedAt }) => {
        const { durationSeconds } = video;
        const progress = toProgressDto({ positionSeconds, durationSeconds, watchedAt });
        return { video: this.presenter.video(video, viewer), progress };
      }),
      ...pageFields(total, page.page, page.page_size),
    };
  }

  /** Takes a video off; the history keeps it. */
  async dismiss(viewer: Viewer, videoId: string): Promise<void> {
    await this.continued.dismiss(viewer, videoId);
  }
}
