import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import { PageQuerySchema, type Page } from '../library.dto.js';
import { LikedPageSchema, NewRatingSchema, type NewRating } from './reactions.dto.js';
import { ReactionsService } from './reactions.service.js';

@ApiTags('Library')
@Controller()
export class ReactionsController {
  constructor(private readonly reactions: ReactionsService) {}

  @Put('videos/:id/like')
  @Operation({
    summary: 'Like a video',
    access: 'signed-in',
    status: 204,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async like(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.reactions.like(viewer, id);
  }

  @Delete('videos/:id/like')
  @Operation({
    summary: 'Like a video no longer',
    access: 'signed-in',
    status: 204,
    errors: ['auth.csrf'],
  })
  async unlike(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.reactions.unlike(viewer, id);
  }

  @Put('videos/:id/rating')
  @Operation({
    summary: 'Give a video one to five stars',
    description: 'The last rating of a viewer counts.',
    access: 'signed-in',
    status: 204,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async rate(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: NewRatingSchema }) { stars }: NewRating,
  ) {
    await this.reactions.rate(viewer, id, stars);
  }

  @Delete('videos/:id/rating')
  @Operation({
    summary: 'Take my stars back',
    access: 'signed-in',
    status: 204,
    errors: ['auth.csrf'],
  })
  async unrate(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.reactions.unrate(viewer, id);
  }

  @Get('me/likes')
  @Operation({
    summary: 'What I like, the last liked first',
    access: 'signed-in',
    returns: LikedPageSchema,
  })
  async liked(@CurrentViewer() viewer: Viewer, @Query({ schema: PageQuerySchema }) page: Page) {
    return this.reactions.liked(viewer, page);
  }
}
