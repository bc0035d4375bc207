import { Body, Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { ContinueWatchingService } from './continue-watching.service.js';
import {
  NewProgressSchema,
  PageQuerySchema,
  ProgressSchema,
  WatchedPageSchema,
  type NewProgress,
  type Page,
} from './library.dto.js';
import { ProgressService } from './progress.service.js';

@ApiTags('Library')
@Controller()
export class ProgressController {
  constructor(
    private readonly progress: ProgressService,
    private readonly continueWatching: ContinueWatchingService,
  ) {}

  @Put('videos/:id/progress')
  @Operation({
    summary: 'Tell how far I have watched a video',
    description:
      'For players, at the start, every few seconds, and when it is paused or ends. The last one told ' +
      'counts, on whatever device. Ten seconds watched, or a third of a shorter title, are a view, ' +
      'once in half an hour.',
    access: 'signed-in',
    returns: ProgressSchema,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async keep(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: NewProgressSchema }) { position_seconds: seconds }: NewProgress,
  ) {
    return this.progress.keep(viewer, id, seconds);
  }

  @Get('me/continue-watching')
  @Operation({
    summary: 'What I have begun and not finished, the last watched first',
    description:
      'From 30 seconds or 5 % of a video on, whichever comes first, until 95 %. After an episode ' +
      'comes the next one, from its beginning.',
    access: 'signed-in',
    returns: WatchedPageSchema,
  })
  async continued(@CurrentViewer() viewer: Viewer, @Query({ schema: PageQuerySchema }) page: Page) {
    return this.continueWatching.page(viewer, page);
  }

  @Delete('me/continue-watching/:id')
  @Operation({
    summary: 'Take a video off what I go on watching',
    description: 'My history keeps it, and how far I was. It comes back when I watch it again.',
    access: 'signed-in',
    status: 204,
    errors: ['auth.csrf'],
  })
  async dismiss(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.continueWatching.dismiss(viewer, id);
  }

  @Get('me/history')
  @Operation({
    summary: 'What I have watched, the last first',
    access: 'signed-in',
    returns: WatchedPageSchema,
  })
  async history(@CurrentViewer() viewer: Viewer, @Query({ schema: PageQuerySchema }) page: Page) {
    return this.progress.history(viewer, page);
  }

  @Delete('me/history')
  @Operation({
    summary: 'Forget all that I have watched',
    access: 'signed-in',
    status: 204,
    errors: ['auth.csrf'],
    validates: false,
  })
  async forgetAll(@CurrentViewer() viewer: Viewer) {
    await this.progress.forgetAll(viewer);
  }

  @Delete('me/history/:id')
  @Operation({
    summary: 'Forget that I have watched a video',
    access: 'signed-in',
    status: 204,
    errors: ['auth.csrf'],
  })
  async forget(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.progress.forget(viewer, id);
  }
}
