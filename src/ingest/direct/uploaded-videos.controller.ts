import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import {
  UploadedVideoListQuerySchema,
  UploadedVideoPageSchema,
  UploadedVideoSchema,
  type UploadedVideoListQuery,
} from './uploaded-video.dto.js';
import { UploadedVideosService } from './uploaded-videos.service.js';

@ApiTags('Ingest')
@Controller('upload/videos')
export class UploadedVideosController {
  constructor(private readonly videos: UploadedVideosService) {}

  @Get()
  @Operation({
    summary: 'Public videos whose processing is complete, the newest first',
    access: 'signed-in',
    returns: UploadedVideoPageSchema,
  })
  async list(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: UploadedVideoListQuerySchema }) query: UploadedVideoListQuery,
  ) {
    return this.videos.list(viewer, query);
  }

  @Get(':id')
  @Operation({
    summary: 'One video, with the state of its processing',
    access: 'signed-in',
    returns: UploadedVideoSchema,
    errors: ['video.not_found'],
  })
  async get(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.videos.get(id, viewer);
  }
}
