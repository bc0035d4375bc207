import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { CatalogueCache } from '../caching/catalogue-cache.service.js';
import { ShownVideosRepository } from '../shown-videos.repository.js';
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
    private readonly shown: ShownVideosRepository,
    private readonly presenter: VideoPresenter,
    private readonly cache: CatalogueCache,
  ) {}

  async recent(viewer: Viewer, { limit, exclude_id: exceptId }: RecentVideosQuery) {
    const question = ['recent', limit, exceptId ?? null] as const;
    const ids = await this.cache.keep('recent', viewer.generation, question, () => {
      return this.shelves.findNewest(limit, exceptId);
    });
    return this.present(ids, viewer);
  }

  async byGenre(viewer: Viewer, limit: number) {
    const shelves = await this.cache.keep('lists', viewer.generation, ['by genre', limit], () => {
      return this.shelves.findNewestByGenre(limit);
    });
    const genres = shelves.map(async ({ slug, name, ids }) => ({
      ...{ slug, name },
      ...(await this.present(ids, viewer)),
    }));
    return { genres: await Promise.all(genres) };
  }

  async trending(viewer: Viewer, limit: number) {
    const ids = await this.cache.keep('recent', viewer.generation, ['trending', limit], () => {
      return this.shelves.findTrending(limit);
    });
    return this.present(ids, viewer);
  }

  /** @throws DomainError `video.not_found` */
  async related(id: string, viewer: Viewer, limit: number) {
    const video = await this.catalogue.visible(id, viewer);
    const ids = await this.cache.keep('lists', viewer.generation, ['related', id, limit], () => {
      return this.shelves.findRelated(video, limit);
    });
    return this.present(ids, viewer);
  }

  private async present(ids: readonly string[], viewer: Viewer) {
    const videos = await this.shown.find(ids, viewer.generation);
    return { videos: this.presenter.shown(videos, viewer) };
  }
}
