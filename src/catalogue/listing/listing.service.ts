import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { CatalogueCache } from '../caching/catalogue-cache.service.js';
import type { ShownVideo } from '../shown-video.js';
import { VideoPresenter } from '../video.presenter.js';
import { Cursors } from './cursors.js';
import { filterOf } from './filter.js';
import { sortKeyOf } from './list.js';
import type { VideoListQuery } from './listing.dto.js';
import { ListingRepository, type Total } from './listing.repository.js';
import { scopeOf, type Scope } from './scope.js';

/** One page of a list: plain values, the same for whoever may see this scope. */
export interface ListedPage {
  videos: ShownVideo[];
  /** Null where a cursor was given. */
  total: Total | null;
  nextCursor: string | null;
}

/** The catalogue, browsed and searched. */
@Injectable()
export class ListingService {
  constructor(
    private readonly listing: ListingRepository,
    private readonly cursors: Cursors,
    private readonly presenter: VideoPresenter,
    private readonly cache: CatalogueCache,
  ) {}

  /** @throws DomainError `request.invalid` for a cursor of another query */
  async list(viewer: Viewer, query: VideoListQuery) {
    const scope = scopeOf(viewer, query);
    const question = ['videos', scope, query] as const;
    const page = await this.cache.keep('lists', question, () => this.find(scope, query));
    return this.present(page, query, viewer);
  }

  /**
   * Depends on nothing but its arguments and the catalogue.
   *
   * @throws DomainError `request.invalid` for a cursor of another query
   */
  async find(scope: Scope, query: VideoListQuery): Promise<ListedPage> {
    const list = identityOf(scope, query);
    if (query.cursor === undefined) {
      const { videos, next, total } = await this.listing.findPage(scope, query);
      return { videos, total, nextCursor: next ? this.cursors.write(next, list) : null };
    }
    const place = this.cursors.read(query.cursor, list);
    if (!place) throw foreignCursor();
    const { videos, next } = await this.listing.findBehind(place, scope, query);
    return { videos, total: null, nextCursor: next ? this.cursors.write(next, list) : null };
  }

  /** What a page is for one viewer, whose media links are signed. */
  present({ videos, total, nextCursor }: ListedPage, query: VideoListQuery, viewer: Viewer) {
    const { page_size: size } = query;
    return {
      videos: videos.map((video) => this.presenter.shown(video, viewer)),
      total_count: total?.count ?? null,
      total_is_exact: total?.isExact ?? false,
      page: total ? (query.page ?? 1) : null,
      page_size: size,
      total_pages: total ? Math.ceil(total.count / size) : null,
      has_more: nextCursor !== null,
      next_cursor: nextCursor,
    };
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
