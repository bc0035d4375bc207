import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import {
  NewRenditionsSchema,
  SourceKeySchema,
  StatusQuerySchema,
  TranscodedRenditionsSchema,
  TranscodedVideoSchema,
  type NewRenditions,
  type StatusQuery,
} from './transcoders.dto.js';
import { TranscodingService } from './transcoding.service.js';

@ApiTags('Transcoders')
@Controller('upload/videos')
export class TranscodersController {
  constructor(private readonly transcoding: TranscodingService) {}

  @Get('by-key/*')
  @Operation({
    summary: 'The video of a source, by the key of that',
    access: 'service',
    returns: TranscodedVideoSchema,
    errors: ['video.not_found'],
  })
  async findBySource(@Param('*', { schema: SourceKeySchema }) sourceKey: string) {
    return this.transcoding.findBySource(sourceKey);
  }

  @Patch(':id/status')
  @Operation({
    summary: 'Take a video, or say how its transcoding has ended',
    description:
      'IN_PROGRESS takes a video that is pending or being processed: our own encoder lets go of it, and the answer says where renditions go. COMPLETED shows it with the renditions that were registered. FAILED gives it up; its uploader can have it tried again. `thumbnail.jpg` and `poster.jpg` beside the renditions are shown when both are there.',
    access: 'service',
    returns: TranscodedVideoSchema,
    errors: ['video.not_found', 'video.state_conflict', 'rendition.unusable'],
  })
  async enter(
    @Param('id', { schema: IdParam }) id: string,
    @Query({ schema: StatusQuerySchema }) { status }: StatusQuery,
  ) {
    return this.transcoding.enter(id, status);
  }

  @Post(':id/renditions')
  @Operation({
    summary: 'Register renditions that lie in the storage',
    description:
      'For a video that a transcoder has taken. Each is a whole HLS media playlist in fragmented MP4 with one track; every segment has to be there. Registering a folder again takes the place of what was known of it.',
    access: 'service',
    status: 201,
    returns: TranscodedRenditionsSchema,
    errors: ['video.not_found', 'video.state_conflict', 'rendition.unusable'],
  })
  async register(
    @Param('id', { schema: IdParam }) id: string,
    @Body({ schema: NewRenditionsSchema }) body: NewRenditions,
  ) {
    return this.transcoding.register(id, body);
  }
}
