import { Body, Controller, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { StatusService } from '../catalogue/status.service.js';
import { VideoStatusSchema } from '../catalogue/video.dto.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { RetrySchema, type RetryRequest } from './control.dto.js';
import { ControlService } from './control.service.js';

@ApiTags('Videos')
@Controller('videos/:id')
export class ControlController {
  constructor(
    private readonly control: ControlService,
    private readonly statuses: StatusService,
  ) {}

  @Post('cancel')
  @Operation({
    summary: 'Cancel the processing of a video',
    description:
      'For its uploader and staff. What was made so far is removed; the uploaded file stays, so that ' +
      'the video can be retried. What was published before stays what people watch.',
    access: 'member',
    returns: VideoStatusSchema,
    errors: ['video.not_found', 'video.state_conflict', 'auth.csrf'],
  })
  async cancel(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.control.cancel(id, viewer);
    return this.statuses.status(id, viewer);
  }

  @Post('retry')
  @Operation({
    summary: 'Process a failed or cancelled video again',
    description:
      'For its uploader and staff, as long as the uploaded file is there. Renditions of one video ' +
      'come from one run of the encoder: naming one makes all of that run again.',
    access: 'member',
    returns: VideoStatusSchema,
    errors: ['video.not_found', 'video.state_conflict', 'auth.csrf'],
  })
  async retry(
    @Param('id', { schema: IdParam }) id: string,
    @Body({ schema: RetrySchema }) { rendition }: RetryRequest,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.control.retry(id, viewer, rendition);
    return this.statuses.status(id, viewer);
  }
}
