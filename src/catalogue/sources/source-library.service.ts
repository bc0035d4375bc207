import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { pageFields } from '../../common/pagination.js';
import { Cache } from '../../ports/cache.js';
import { VideosRepository } from '../videos.repository.js';
import { VideosService } from '../videos.service.js';
import type { SourceListQuery } from './source-library.dto.js';
import { SourceLibraryRepository } from './source-library.repository.js';
import { SourcePresenter } from './source.presenter.js';

/** Much shorter than the signed links in the entries are good. */
const CACHE_SECONDS = 10 * 60;

/** What somebody has uploaded, to choose from; never other people's, not for staff either. */
@Injectable()
export class SourceLibraryService {
  constructor(
    private readonly library: SourceLibraryRepository,
    private readonly videos: VideosRepository,
    private readonly catalogue: VideosService,
    private readonly presenter: SourcePresenter,
    private readonly cache: Cache,
  ) {}

  async list(owner: Viewer, query: SourceListQuery) {
    const [videos, totalCount] = await this.library.findPage(owner.id, query);
    return {
      videos: videos.map((video) => this.presenter.entry(video, owner)),
      ...pageFields(totalCount, query.page, query.page_size),
    };
  }

  /** The newest, as of the last change of the catalogue. */
  async recent(owner: Viewer, limit: number) {
    const key = `recent-sources:${owner.id}:${limit}:${await this.videos.generation()}`;
    const videos = await this.cache.wrap(key, CACHE_SECONDS, async () => {
      const newest = await this.library.findRecent(owner.id, limit);
      return newest.map((video) => this.presenter.entry(video, owner));
    });
    return { videos };
  }

  /** @throws DomainError `video.not_found` */
  async byKey(owner: Viewer, key: string) {
    const video = await this.library.findByKey(owner.id, key);
    if (!video) throw new DomainError('video.not_found', 'None of your videos has this key.');
    return this.presenter.entry(video, owner);
  }

  /** @throws DomainError `video.not_found` */
  async delete(owner: Viewer, id: string): Promise<void> {
    if (!(await this.library.existsById(owner.id, id))) {
      throw new DomainError('video.not_found', 'None of your videos has this id.');
    }
    await this.catalogue.delete(id, owner);
  }
}
