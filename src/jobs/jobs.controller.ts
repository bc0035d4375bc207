import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import {
  JobListQuerySchema,
  JobPageSchema,
  JobSchema,
  NewJobSchema,
  type JobListQuery,
  type NewJob,
} from './jobs.dto.js';
import { JobsService } from './jobs.service.js';

@ApiTags('Ingest')
@Controller('jobs')
export class JobsController {
  constructor(private readonly jobs: JobsService) {}

  @Post('create')
  @Operation({
    summary: 'Make a further video of a file I have uploaded before',
    description:
      'From exactly one of `video_upload_id` and `s3_video_id`. The file is shared, not copied; ' +
      'description, genres, tags, language and visibility are those of the other video.',
    access: 'uploader',
    status: 201,
    returns: JobSchema,
    errors: [
      ...(['video.not_found', 'video.state_conflict', 'upload.not_found'] as const),
      ...(['upload.incomplete', 'upload.state_conflict', 'upload.over_quota'] as const),
      ...(['subtitle.not_found', 'auth.csrf'] as const),
    ],
  })
  async create(@CurrentViewer() viewer: Viewer, @Body({ schema: NewJobSchema }) request: NewJob) {
    return this.jobs.create(viewer, request);
  }

  @Get()
  @Operation({ summary: 'My jobs, the newest first', access: 'signed-in', returns: JobPageSchema })
  async list(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: JobListQuerySchema }) query: JobListQuery,
  ) {
    return this.jobs.list(viewer, query);
  }

  @Get(':id')
  @Operation({
    summary: 'One of my jobs; its status is that of the video it makes',
    access: 'signed-in',
    returns: JobSchema,
    errors: ['job.not_found'],
  })
  async get(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.jobs.get(id, viewer);
  }

  @Post(':id/retry')
  @Operation({
    summary: 'Run a failed or cancelled job again',
    access: 'member',
    returns: JobSchema,
    errors: ['job.not_found', 'video.state_conflict', 'auth.csrf'],
  })
  async retry(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.jobs.retry(id, viewer);
  }

  @Post(':id/cancel')
  @Operation({
    summary: 'Cancel a job; the uploaded file stays',
    access: 'member',
    returns: JobSchema,
    errors: ['job.not_found', 'video.state_conflict', 'auth.csrf'],
  })
  async cancel(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.jobs.cancel(id, viewer);
  }
}
