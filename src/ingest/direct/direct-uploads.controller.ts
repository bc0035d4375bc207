import { Body, Controller, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { Operation } from '../../common/operation.js';
import { AnnouncementsService } from './announcements.service.js';
import { DirectIntakeService } from './direct-intake.service.js';
import {
  ThumbnailUploadRequestSchema,
  UploadAddressSchema,
  UploadMetadataSchema,
  VideoUploadRequestSchema,
  type ThumbnailUploadRequest,
  type UploadMetadata,
  type VideoUploadRequest,
} from './direct-upload.dto.js';
import { UploadedVideoSchema } from './uploaded-video.dto.js';
import { UploadedVideosService } from './uploaded-videos.service.js';

@ApiTags('Ingest')
@Controller('upload/videos')
export class DirectUploadsController {
  constructor(
    private readonly announcements: AnnouncementsService,
    private readonly intake: DirectIntakeService,
    private readonly videos: UploadedVideosService,
  ) {}

  @Post('upload-url')
  @Operation({
    summary: 'Where to PUT a video: an address of the storage, signed for its length and type',
    description:
      'A file of 100 MiB or more comes in parts, each with an address of its own; their ETags go ' +
      'with the metadata. With `s3_key` alone: fresh addresses for an upload that has begun. On ' +
      'local storage the addresses are paths of this server.',
    access: 'uploader',
    returns: UploadAddressSchema,
    errors: [
      ...(['upload.too_large', 'upload.over_quota', 'upload.not_found'] as const),
      ...(['upload.expired', 'upload.state_conflict', 'auth.csrf'] as const),
    ],
  })
  async announceVideo(
    @CurrentViewer() { id }: Viewer,
    @Body({ schema: VideoUploadRequestSchema }) request: VideoUploadRequest,
  ) {
    return this.announcements.video(id, request);
  }

  @Post('thumbnail/upload-url')
  @Operation({
    summary: 'Where to PUT a picture that shall stand for a video',
    access: 'uploader',
    returns: UploadAddressSchema,
    errors: ['upload.too_large', 'upload.over_quota', 'auth.csrf'],
  })
  async announceThumbnail(
    @CurrentViewer() { id }: Viewer,
    @Body({ schema: ThumbnailUploadRequestSchema }) request: ThumbnailUploadRequest,
  ) {
    return this.announcements.thumbnail(id, request);
  }

  @Post('metadata')
  @Operation({
    summary: 'Make a video of an uploaded file; processing starts',
    description: 'Said twice, it is answered with the same video.',
    access: 'uploader',
    status: 201,
    returns: UploadedVideoSchema,
    errors: [
      ...(['upload.not_found', 'upload.incomplete', 'upload.mismatch'] as const),
      ...(['upload.duplicate', 'upload.state_conflict', 'upload.expired'] as const),
      ...(['upload.not_an_image', 'storage.full', 'auth.csrf'] as const),
    ],
  })
  async accept(
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: UploadMetadataSchema }) metadata: UploadMetadata,
  ) {
    return this.videos.present(await this.intake.accept(viewer.id, metadata), viewer);
  }
}
