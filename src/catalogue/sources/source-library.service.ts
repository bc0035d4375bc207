import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { pageFields } from '../../common/pagination.js';
import { CatalogueCache } from '../caching/catalogue-cache.service.js';
import { VideosService } from '../videos.service.js';
import type { SourceListQuery } from './source-library.dto.js';
import { SourceLibraryRepository } from './source-library.repository.js';
import { SourcePresenter } from './source.presenter.js';

/** What somebody has uploaded, to choose from; never other people's, not for staff either. */
@Injectable()
export class SourceLibraryService {
  constructor(
    private readonly library: SourceLibraryRepository,
    private readonly catalogue: VideosService,
    private readonly presenter: SourcePresenter,
    private readonly cache: CatalogueCache,
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
    const question = ['recent sources', owner.id, limit] as const;
    const videos = await this.cache.keep('recent', owner.generation, question, async () => {
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
