import { Controller, Delete, Get, Param, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { FILE, Operation } from '../common/operation.js';
import { receiveSubtitles } from './subtitle-form.js';
import { SubtitleUploads } from './subtitle-uploads.service.js';
import { SubtitleListSchema, SubtitleSchema } from './subtitle.dto.js';

@ApiTags('Subtitles')
@Controller('videos/:id/subtitles')
export class SubtitlesController {
  constructor(private readonly subtitles: SubtitleUploads) {}

  @Get()
  @Operation({
    summary: 'The subtitles of a video, found in it or uploaded',
    access: 'signed-in',
    returns: SubtitleListSchema,
    errors: ['video.not_found'],
  })
  async list(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return { subtitles: await this.subtitles.list(id, viewer) };
  }

  @Post()
  @Operation({
    summary: 'Add subtitles to a video',
    description:
      'Takes SRT, WebVTT or ASS in any common encoding, at most 5 MiB; viewers get WebVTT. Subtitles ' +
      'with the same language and label are replaced.',
    access: 'member',
    form: {
      required: ['file', 'language'],
      properties: {
        file: FILE,
        language: { type: 'string', description: 'BCP 47', example: 'pt-BR' },
        label: { type: 'string', maxLength: 100, description: 'The language’s name when absent' },
        offset_seconds: { type: 'number', minimum: -3600, maximum: 3600, default: 0 },
      },
    },
    status: 201,
    returns: SubtitleSchema,
    errors: ['video.not_found', 'subtitle.invalid', 'auth.csrf'],
  })
  async add(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
  ) {
    return this.subtitles.add(id, viewer, () => receiveSubtitles(request));
  }

  @Delete(':subtitleId')
  @Operation({
    summary: 'Delete uploaded subtitles',
    access: 'member',
    status: 204,
    errors: ['video.not_found', 'subtitle.not_found', 'subtitle.embedded', 'auth.csrf'],
  })
  async remove(
    @Param('id', { schema: IdParam }) id: string,
    @Param('subtitleId', { schema: IdParam }) subtitleId: string,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.subtitles.remove(id, subtitleId, viewer);
  }
}
