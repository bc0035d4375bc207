import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../catalogue/video.presenter.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { pageFields } from '../common/pagination.js';
import type { Page } from './library.dto.js';
import { ListEntriesRepository } from './list-entries.repository.js';
import type { ListEntry } from './list-entry.entity.js';

/** The videos that people have put aside for later. */
@Injectable()
export class MyListService {
  constructor(
    private readonly entries: ListEntriesRepository,
    private readonly presenter: VideoPresenter,
  ) {}

  async page(viewer: Viewer, page: Page) {
    const [entries, total] = await this.entries.findPage(viewer, page);
    return {
      entries: entries.flatMap(({ video, addedAt }) => {
        if (!video) return [];
        return [{ video: this.presenter.video(video, viewer), added_at: addedAt.toISOString() }];
      }),
      ...pageFields(total, page.page, page.page_size),
    };
  }

  /** @throws DomainError `video.not_found` */
  async add(viewer: Viewer, videoId: string): Promise<void> {
    if (await this.entries.add(viewer, videoId)) return;
    throw new DomainError('video.not_found', 'No video has this id.');
  }

  async remove(viewer: Viewer, videoId: string): Promise<void> {
    await this.entries.remove(viewer.id, videoId);
  }

  async listOf(userId: string): Promise<ListEntry[]> {
    return this.entries.findAllOf(userId);
  }
}
