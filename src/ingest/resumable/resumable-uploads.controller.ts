import { Controller, Delete, Get, Head, Options, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { Operation } from '../../common/operation.js';
import { OpenUploadsSchema, toOpenUploadDto } from './resumable.dto.js';
import { ResumableSessions } from './resumable-sessions.service.js';
import { TusService } from './tus.service.js';

const VERSION = {
  name: 'Tus-Resumable',
  required: true,
  schema: { type: 'string', enum: ['1.0.0'] },
};
const CHECKSUM = {
  name: 'Upload-Checksum',
  description:
    '`sha1` or `sha256`, and the digest in Base64; a request that has one brings at most 64 MiB',
};
const ID = { name: 'id', description: 'Of the upload', schema: { type: 'string', format: 'uuid' } };

const OFFSET = { 'Upload-Offset': 'Bytes that are there' };
const EXPIRES = { 'Upload-Expires': 'When they go; not once all are there' };
const VIDEO_ID = { 'Upload-Video-Id': 'Of the video, once there is one' };

const ERRORS_OF_UPLOAD = [
  ...(['upload.not_found', 'upload.expired', 'upload.locked'] as const),
  ...(['upload.unsupported_version', 'service.unavailable'] as const),
];
const ERRORS_OF_BYTES = [
  ...(['upload.duplicate', 'upload.too_large', 'upload.checksum_mismatch'] as const),
  ...(['storage.full', 'request.unsupported_media_type'] as const),
  ...(['request.too_large', 'auth.csrf'] as const),
];

@ApiTags('Ingest')
@Controller('uploads')
export class ResumableUploadsController {
  constructor(
    private readonly sessions: ResumableSessions,
    private readonly tus: TusService,
  ) {}

  @Get()
  @Operation({
    summary: 'My unfinished resumable uploads, the newest 100 of them',
    access: 'uploader',
    returns: OpenUploadsSchema,
    errors: ['service.unavailable'],
    validates: false,
  })
  async list(@CurrentViewer() { id }: Viewer) {
    return { uploads: (await this.sessions.listOpen(id)).map(toOpenUploadDto) };
  }

  @Options()
  @Operation({
    summary: 'Which version and extensions of tus are spoken here',
    access: 'public',
    status: 204,
    headers: {
      'Tus-Version': 'Versions of the protocol',
      'Tus-Extension': 'Its extensions that are spoken here',
      'Tus-Max-Size': 'Bytes that a file may have',
      'Tus-Checksum-Algorithm': 'Of Upload-Checksum',
    },
    validates: false,
  })
  async describe(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.tus.describe(request, reply);
  }

  @Post()
  @Operation({
    summary: 'Begin a resumable upload (tus 1.0); the address is in the header Location',
    description:
      'The metadata is a `filename`, perhaps a `filetype`, and the fields of an upload form; also a ' +
      '`fingerprint` by which the client knows the file again: the list of unfinished uploads gives it ' +
      'back. An upload is kept for 7 days. The first bytes may come along.',
    access: 'uploader',
    status: 201,
    headers: { Location: 'Of the upload', ...OFFSET, ...EXPIRES, ...VIDEO_ID },
    errors: [
      ...(['upload.empty', 'upload.over_quota', 'upload.unsupported_version'] as const),
      ...(['service.unavailable', ...ERRORS_OF_BYTES] as const),
    ],
  })
  @ApiHeader(VERSION)
  @ApiHeader({ name: 'Upload-Length', required: true, description: 'Bytes of the whole file' })
  @ApiHeader({ name: 'Upload-Metadata', required: true, description: 'Pairs of a key and Base64' })
  @ApiHeader(CHECKSUM)
  async create(
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.tus.answer(viewer, request, reply);
  }

  @Head(':id')
  @Operation({
    summary: 'How many bytes are there; also the id of the video, once there is one',
    access: 'uploader',
    headers: {
      ...OFFSET,
      'Upload-Length': 'Bytes of the whole file',
      'Upload-Metadata': 'As it was sent',
      ...VIDEO_ID,
    },
    errors: ERRORS_OF_UPLOAD,
  })
  @ApiHeader(VERSION)
  @ApiParam(ID)
  async ask(
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.tus.answer(viewer, request, reply);
  }

  @Patch(':id')
  @Operation({
    summary: 'Send bytes from the offset on; the last ones make the video',
    description:
      'The answer to the last bytes has the id of the video in the header Upload-Video-Id; so has the ' +
      'refusal of a file that is there already.',
    access: 'uploader',
    status: 204,
    headers: { ...OFFSET, ...EXPIRES, ...VIDEO_ID },
    errors: [...ERRORS_OF_UPLOAD, ...ERRORS_OF_BYTES, 'upload.offset_mismatch'],
  })
  @ApiHeader(VERSION)
  @ApiHeader({ name: 'Upload-Offset', required: true, description: 'Bytes that are there' })
  @ApiHeader(CHECKSUM)
  @ApiParam(ID)
  async append(
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.tus.answer(viewer, request, reply);
  }

  @Delete(':id')
  @Operation({
    summary: 'Give up an upload that is not complete; its bytes go',
    access: 'uploader',
    status: 204,
    errors: [...ERRORS_OF_UPLOAD, 'upload.state_conflict', 'auth.csrf'],
  })
  @ApiHeader(VERSION)
  @ApiParam(ID)
  async remove(
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.tus.answer(viewer, request, reply);
  }

  @Post(':id')
  @Operation({
    summary: 'HEAD, PATCH or DELETE, as X-HTTP-Method-Override says',
    access: 'uploader',
    status: 204,
    errors: [...ERRORS_OF_UPLOAD, ...ERRORS_OF_BYTES, 'route.method_not_allowed'],
  })
  @ApiHeader(VERSION)
  @ApiHeader({ name: 'X-HTTP-Method-Override', required: true })
  @ApiParam(ID)
  async override(
    @CurrentViewer() viewer: Viewer,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.tus.answer(viewer, request, reply);
  }
}
