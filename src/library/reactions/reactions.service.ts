import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../../catalogue/video.presenter.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { pageFields } from '../../common/pagination.js';
import type { Page } from '../library.dto.js';
import type { Reaction } from './reaction.entity.js';
import { ReactionsRepository } from './reactions.repository.js';

/** What people think of videos. */
@Injectable()
export class ReactionsService {
  constructor(
    private readonly reactions: ReactionsRepository,
    private readonly presenter: VideoPresenter,
  ) {}

  /** @throws DomainError `video.not_found` */
  async like(viewer: Viewer, videoId: string): Promise<void> {
    if (!(await this.reactions.like(viewer, videoId))) throw notFound();
  }

  async unlike(viewer: Viewer, videoId: string): Promise<void> {
    await this.reactions.unlike(viewer.id, videoId);
  }

  /**
   * @param stars from 1 to 5
   * @throws DomainError `video.not_found`
   */
  async rate(viewer: Viewer, videoId: string, stars: number): Promise<void> {
    if (!(await this.reactions.rate(viewer, videoId, stars))) throw notFound();
  }

  async unrate(viewer: Viewer, videoId: string): Promise<void> {
    await this.reactions.unrate(viewer.id, videoId);
  }

  async liked(viewer: Viewer, page: Page) {
    const [reactions, total] = await this.reactions.findLiked(viewer, page);
    return {
      entries: reactions.flatMap(({ video, likedAt }) => {
        if (!video || !likedAt) return [];
        return [{ video: this.presenter.video(video, viewer), liked_at: likedAt.toISOString() }];
      }),
      ...pageFields(total, page.page, page.page_size),
    };
  }

  async listOf(userId: string): Promise<Reaction[]> {
    return this.reactions.findAllOf(userId);
  }
}

function notFound(): DomainError {
  return new DomainError('video.not_found', 'No video has this id.');
}
