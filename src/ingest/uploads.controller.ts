import { Controller, Post, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { LibraryVideoSchema } from '../catalogue/sources/source-library.dto.js';
import { SourcePresenter } from '../catalogue/sources/source.presenter.js';
import type { Video } from '../catalogue/video.entity.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { FILE, Operation } from '../common/operation.js';
import { MultipartService } from './multipart.service.js';
import { UploadedSchema, type UploadedDto } from './upload.dto.js';

const text = { type: 'string' } as const;

const UPLOAD_FORM = {
  required: ['file'],
  properties: {
    file: { ...FILE, description: 'The video; alias `video`' },
    title: { ...text, description: 'The name of the file unless given' },
    description: text,
    genres: { ...text, description: 'Slugs, separated by commas', example: 'nature,space' },
    tags: { ...text, description: 'Separated by commas' },
    language: { ...text, description: 'BCP 47 tag', example: 'en' },
    visibility: { ...text, enum: ['PUBLIC', 'UNLISTED', 'PRIVATE'], default: 'PUBLIC' },
    allow_duplicate: { ...text, enum: ['true', 'false'], default: 'false' },
  },
};

const ERRORS_OF_UPLOAD = [
  'upload.empty',
  'upload.over_quota',
  'upload.duplicate',
  'auth.csrf',
] as const;

@ApiTags('Ingest')
@Controller()
export class UploadsController {
  constructor(
    private readonly multipart: MultipartService,
    private readonly sources: SourcePresenter,
  ) {}

  @Post('videos/upload')
  @Operation({
    summary: 'Upload a video; it streams to the storage and is processed in the background',
    access: 'uploader',
    form: UPLOAD_FORM,
    status: 201,
    returns: UploadedSchema,
    errors: ERRORS_OF_UPLOAD,
  })
  async upload(@CurrentViewer() viewer: Viewer, @Req() request: FastifyRequest) {
    return toUploadedDto(await this.multipart.upload(viewer, request));
  }

  @Post('upload/video')
  @Operation({
    summary: 'The same, answered as an entry of the S3 library',
    access: 'uploader',
    form: UPLOAD_FORM,
    status: 201,
    returns: LibraryVideoSchema,
    errors: ERRORS_OF_UPLOAD,
  })
  async uploadToLibrary(@CurrentViewer() viewer: Viewer, @Req() request: FastifyRequest) {
    return this.sources.entry(await this.multipart.upload(viewer, request), viewer);
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
