import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { CachedAnswer } from './caching/cached-answers.interceptor.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { VideoMetadataSchema, VideoSchema } from './video.dto.js';
import { VideosService } from './videos.service.js';

@ApiTags('Videos')
@Controller()
export class VideosController {
  constructor(private readonly videos: VideosService) {}

  @Get('videos/:id')
  @Operation({
    summary: 'One video',
    access: 'signed-in',
    returns: VideoSchema,
    throttled: true,
    errors: ['video.not_found'],
  })
  async get(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.videos.get(id, viewer);
  }

  @Get('videos/:id/metadata')
  @CachedAnswer('metadata')
  @Operation({
    summary: 'Facts about the uploaded file',
    access: 'signed-in',
    returns: VideoMetadataSchema,
    throttled: true,
    errors: ['video.not_found'],
  })
  async metadata(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.videos.metadata(id, viewer);
  }
}
