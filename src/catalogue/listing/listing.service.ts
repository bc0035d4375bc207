import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { CatalogueCache } from '../caching/catalogue-cache.service.js';
import { ShownVideosRepository } from '../shown-videos.repository.js';
import { VideoPresenter } from '../video.presenter.js';
import { Cursors } from './cursors.js';
import { filterOf } from './filter.js';
import { sortKeyOf } from './list.js';
import type { VideoListQuery } from './listing.dto.js';
import { ListingRepository, type Total } from './listing.repository.js';
import { scopeOf, type Scope } from './scope.js';

/** One page of a list: plain values, the same for whoever may see this scope. */
interface ListedPage {
  ids: string[];
  /** Null where a cursor was given. */
  total: Total | null;
  nextCursor: string | null;
}

/** The catalogue, browsed and searched. */
@Injectable()
export class ListingService {
  constructor(
    private readonly listing: ListingRepository,
    private readonly shown: ShownVideosRepository,
    private readonly cursors: Cursors,
    private readonly presenter: VideoPresenter,
    private readonly cache: CatalogueCache,
  ) {}

  /** @throws DomainError `request.invalid` for a cursor of another query */
  async list(viewer: Viewer, query: VideoListQuery) {
    const { ids, total, nextCursor } = await this.page(viewer, query);
    const videos = await this.shown.find(ids, viewer.generation);
    const { page_size: size } = query;
    return {
      videos: this.presenter.shown(videos, viewer),
      total_count: total?.count ?? null,
      total_is_exact: total?.isExact ?? false,
      page: total ? (query.page ?? 1) : null,
      page_size: size,
      total_pages: total ? Math.ceil(total.count / size) : null,
      has_more: nextCursor !== null,
      next_cursor: nextCursor,
    };
  }

  /** @throws DomainError `request.invalid` for a cursor of another query */
  async page(viewer: Viewer, query: VideoListQuery): Promise<ListedPage> {
    const { generation } = viewer;
    const scope = scopeOf(viewer, query);
    return this.cache.keep('lists', generation, ['videos', scope, query], () => {
      return this.find(scope, query, generation);
    });
  }

  /** Depends on nothing but its arguments and the catalogue of this generation. */
  private async find(scope: Scope, query: VideoListQuery, generation: string): Promise<ListedPage> {
    const list = identityOf(scope, query);
    if (query.cursor === undefined) {
      const { ids, next, total } = await this.listing.findPage(scope, query);
      return {
        ids,
        total: total ?? (await this.countAll(scope, generation)),
        nextCursor: next ? this.cursors.write(next, list) : null,
      };
    }
    const place = this.cursors.read(query.cursor, list);
    if (!place) throw foreignCursor();
    const { ids, next } = await this.listing.findBehind(place, scope, query);
    return { ids, total: null, nextCursor: next ? this.cursors.write(next, list) : null };
  }

  private async countAll(scope: Scope, generation: string): Promise<Total> {
    return this.cache.keep('lists', generation, ['how many', scope], () => {
      return this.listing.countAll(scope);
    });
  }
}

/** All that decides which videos are on a list, and their order. */
function identityOf(scope: Scope, query: VideoListQuery): object {
  const { search, sort_order: order } = query;
  return [scope, filterOf(query), search ?? null, sortKeyOf(query), order];
}

function foreignCursor(): DomainError {
  return new DomainError('request.invalid', 'One or more fields are wrong.', [
    { field: 'cursor', message: 'is not a cursor of this query' },
  ]);
}
