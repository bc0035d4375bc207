import { Body, Controller, Param, Patch } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import { VideoSchema } from '../video.dto.js';
import { VideoChangesSchema, type VideoChanges } from './video-changes.dto.js';
import { VideoChangesService } from './video-changes.service.js';

@ApiTags('Videos')
@Controller('videos/:id')
export class VideoChangesController {
  constructor(private readonly changes: VideoChangesService) {}

  @Patch()
  @Operation({
    summary: 'Change what is said of a video, and who may see it',
    description: 'For its uploader and staff. What is left out stays as it is.',
    access: 'member',
    returns: VideoSchema,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async change(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: VideoChangesSchema }) changes: VideoChanges,
  ) {
    return this.changes.change(id, viewer, changes);
  }
}
