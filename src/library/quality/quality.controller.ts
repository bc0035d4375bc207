import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import {
  PlaybackEventsSchema,
  PlaybackQualitySchema,
  QualityQuerySchema,
  type PlaybackEvents,
  type QualityQuery,
} from './quality.dto.js';
import { QualityService } from './quality.service.js';

@ApiTags('Playback')
@Controller('videos/:id')
export class QualityController {
  constructor(private readonly quality: QualityService) {}

  @Post('playback-events')
  @Operation({
    summary: 'Tell how playback goes',
    description:
      'For players: what happened since they told last, now and then and when the page is left ' +
      '(`fetch` with `keepalive`). Kept as sums of a video and a day; who watched is not.',
    access: 'signed-in',
    status: 204,
    errors: ['video.not_found', 'request.too_many', 'auth.csrf'],
  })
  async take(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: PlaybackEventsSchema }) events: PlaybackEvents,
  ) {
    await this.quality.take(id, viewer, events);
  }

  @Get('quality')
  @Operation({
    summary: 'How playback of a video went, day by day',
    description: 'For its owner and staff. Days are those of UTC, the newest first.',
    access: 'signed-in',
    returns: PlaybackQualitySchema,
    errors: ['video.not_found', 'auth.forbidden'],
  })
  async figures(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: QualityQuerySchema }) { days }: QualityQuery,
  ) {
    return this.quality.figures(id, viewer, days);
  }
}
