import { Controller, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { Video } from '../catalogue/video.entity.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { Operation } from '../common/operation.js';
import { MultipartService } from './multipart.service.js';
import { UploadedSchema, type UploadedDto } from './upload.dto.js';

const text = { type: 'string' } as const;

@ApiTags('Ingest')
@Controller()
export class UploadsController {
  constructor(private readonly multipart: MultipartService) {}

  @Post('videos/upload')
  @Operation({
    summary: 'Upload a video; it streams to the storage and is processed in the background',
    access: 'uploader',
    status: 201,
    returns: UploadedSchema,
    errors: [
      'upload.no_file',
      'upload.empty',
      'upload.too_large',
      'upload.duplicate',
      'upload.interrupted',
      'request.unsupported_media_type',
      'auth.csrf',
      'storage.full',
    ],
  })
  @ApiConsumes('multipart/form-data')
  @ApiBody({
    schema: {
      type: 'object',
      required: ['file'],
      properties: {
        file: { type: 'string', format: 'binary', description: 'The video; alias `video`' },
        title: { ...text, description: 'The name of the file unless given' },
        description: text,
        genres: { ...text, description: 'Slugs, separated by commas', example: 'nature,space' },
        tags: { ...text, description: 'Separated by commas' },
        language: { ...text, description: 'BCP 47 tag', example: 'en' },
        visibility: { ...text, enum: ['PUBLIC', 'UNLISTED', 'PRIVATE'], default: 'PUBLIC' },
        allow_duplicate: { ...text, enum: ['true', 'false'], default: 'false' },
      },
    },
  })
  async upload(@CurrentViewer() viewer: Viewer, @Req() request: FastifyRequest) {
    return toUploadedDto(await this.multipart.upload(viewer, request));
  }
}

function toUploadedDto(video: Video): UploadedDto {
  return {
    id: video.id,
    number: video.number,
    filename: video.originalFilename,
    status: video.status,
    message: 'Video uploaded. Processing has started.',
  };
}
