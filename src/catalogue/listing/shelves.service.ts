import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import type { ShownVideo } from '../shown-video.js';
import { VideoPresenter } from '../video.presenter.js';
import { VideosService } from '../videos.service.js';
import type { RecentVideosQuery } from './listing.dto.js';
import { ShelvesRepository } from './shelves.repository.js';

/** Short lists, for the front page and beside a video. */
@Injectable()
export class ShelvesService {
  constructor(
    private readonly shelves: ShelvesRepository,
    private readonly catalogue: VideosService,
    private readonly presenter: VideoPresenter,
  ) {}

  async recent(viewer: Viewer, { limit, exclude_id: exceptId }: RecentVideosQuery) {
    return this.present(await this.shelves.findNewest(limit, exceptId), viewer);
  }

  async byGenre(viewer: Viewer, limit: number) {
    const shelves = await this.shelves.findNewestByGenre(limit);
    return {
      genres: shelves.map(({ slug, name, videos }) => ({
        ...{ slug, name },
        ...this.present(videos, viewer),
      })),
    };
  }

  async trending(viewer: Viewer, limit: number) {
    return this.present(await this.shelves.findTrending(limit), viewer);
  }

  /** @throws DomainError `video.not_found` */
  async related(id: string, viewer: Viewer, limit: number) {
    const video = await this.catalogue.visible(id, viewer);
    return this.present(await this.shelves.findRelated(video, limit), viewer);
  }

  private present(videos: readonly ShownVideo[], viewer: Viewer) {
    return { videos: videos.map((video) => this.presenter.shown(video, viewer)) };
  }
}
