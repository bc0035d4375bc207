import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { CatalogueCache } from '../caching/catalogue-cache.service.js';
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
    private readonly cache: CatalogueCache,
  ) {}

  async recent(viewer: Viewer, { limit, exclude_id: exceptId }: RecentVideosQuery) {
    const question = ['recent', limit, exceptId ?? null] as const;
    const find = () => this.shelves.findNewest(limit, exceptId);
    return this.present(await this.cache.keep('recent', question, find), viewer);
  }

  async byGenre(viewer: Viewer, limit: number) {
    const shelves = await this.cache.keep('lists', ['by genre', limit], () => {
      return this.shelves.findNewestByGenre(limit);
    });
    return {
      genres: shelves.map(({ slug, name, videos }) => ({
        ...{ slug, name },
        ...this.present(videos, viewer),
      })),
    };
  }

  async trending(viewer: Viewer, limit: number) {
    const videos = await this.cache.keep('recent', ['trending', limit], () => {
      return this.shelves.findTrending(limit);
    });
    return this.present(videos, viewer);
  }

  /** @throws DomainError `video.not_found` */
  async related(id: string, viewer: Viewer, limit: number) {
    const video = await this.catalogue.visible(id, viewer);
    const videos = await this.cache.keep('lists', ['related', id, limit], () => {
      return this.shelves.findRelated(video, limit);
    });
    return this.present(videos, viewer);
  }

  private present(videos: readonly ShownVideo[], viewer: Viewer) {
    return { videos: videos.map((video) => this.presenter.shown(video, viewer)) };
  }
}
