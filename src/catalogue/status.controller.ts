import { Controller, Get, Param, Sse } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { StatusEvents } from './status-events.js';
import { StatusService } from './status.service.js';
import { VideoStatusSchema } from './video.dto.js';

@ApiTags('Videos')
@Controller('videos/:id')
export class StatusController {
  constructor(
    private readonly statuses: StatusService,
    private readonly statusEvents: StatusEvents,
  ) {}

  @Get('status')
  @Operation({
    summary: 'How far the processing of a video is',
    access: 'signed-in',
    returns: VideoStatusSchema,
    errors: ['video.not_found'],
  })
  async status(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.statuses.status(id, viewer);
  }

  @Sse('events')
  @Operation({
    summary: 'The same, told as Server-Sent Events',
    description:
      'An event `status` at once and at every change, with the status object as its data and an ' +
      'id that grows; a comment every 15 seconds. The stream ends with the event of a final state ' +
      '(`ready`, `failed`, `cancelled`): close your EventSource then, or it connects again after a ' +
      'minute. It also ends when the session does, or when the video may not be seen any more. ' +
      'Whoever connects again is told the current status first; nothing is repeated.',
    access: 'signed-in',
    returnsFile: 'text/event-stream',
    errors: ['video.not_found'],
  })
  async events(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.statusEvents.of(id, viewer);
  }
}
