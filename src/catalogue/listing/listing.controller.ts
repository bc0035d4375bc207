import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import { CachedAnswer } from '../caching/cached-answers.interceptor.js';
import {
  ByGenreQuerySchema,
  GenreShelvesSchema,
  RecentVideosQuerySchema,
  ShelfQuerySchema,
  ShelfSchema,
  VideoListQuerySchema,
  VideoPageSchema,
  type ByGenreQuery,
  type RecentVideosQuery,
  type ShelfQuery,
  type VideoListQuery,
} from './listing.dto.js';
import { ListingService } from './listing.service.js';
import { ShelvesService } from './shelves.service.js';

@ApiTags('Videos')
@Controller('videos')
export class ListingController {
  constructor(
    private readonly listing: ListingService,
    private readonly shelves: ShelvesService,
  ) {}

  @Get()
  @CachedAnswer('lists')
  @Operation({
    summary: 'Browse and search videos',
    description:
      'By pages, or from one `next_cursor` to the next, which is quick at any depth. Without a filter it lists the ' +
      'public ones that could be made or may still be.',
    access: 'signed-in',
    throttled: true,
    returns: VideoPageSchema,
  })
  async list(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: VideoListQuerySchema }) query: VideoListQuery,
  ) {
    return this.listing.list(viewer, query);
  }

  @Get('recent')
  @CachedAnswer('recent')
  @Operation({
    summary: 'The newest videos',
    access: 'signed-in',
    throttled: true,
    returns: ShelfSchema,
  })
  async recent(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: RecentVideosQuerySchema }) query: RecentVideosQuery,
  ) {
    return this.shelves.recent(viewer, query);
  }

  @Get('by-genre')
  @CachedAnswer('lists')
  @Operation({
    summary: 'The newest videos of every genre that has any',
    access: 'signed-in',
    throttled: true,
    returns: GenreShelvesSchema,
  })
  async byGenre(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: ByGenreQuerySchema }) { limit }: ByGenreQuery,
  ) {
    return this.shelves.byGenre(viewer, limit);
  }

  @Get('trending')
  @CachedAnswer('recent')
  @Operation({
    summary: 'What is watched most of late',
    description: 'Then what has been watched most, then the newest.',
    access: 'signed-in',
    throttled: true,
    returns: ShelfSchema,
  })
  async trending(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: ShelfQuerySchema }) { limit }: ShelfQuery,
  ) {
    return this.shelves.trending(viewer, limit);
  }

  @Get(':id/related')
  @CachedAnswer('lists')
  @Operation({
    summary: 'Videos like this one',
    description: 'Of the same series, then those with more of the same tags and genres.',
    access: 'signed-in',
    throttled: true,
    returns: ShelfSchema,
    errors: ['video.not_found'],
  })
  async related(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: ShelfQuerySchema }) { limit }: ShelfQuery,
  ) {
    return this.shelves.related(id, viewer, limit);
  }
}
