import { Controller, Delete, Param, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { VideoSchema } from '../catalogue/video.dto.js';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { DeletionQuerySchema, type DeletionQuery } from './deletion.dto.js';
import { DeletionService } from './deletion.service.js';

@ApiTags('Videos')
@Controller('videos/:id')
export class DeletionController {
  constructor(private readonly deletion: DeletionService) {}

  @Delete()
  @Operation({
    summary: 'Delete a video',
    description:
      'For its uploader and staff. It can be restored for 30 days, and is purged with its files after ' +
      'that, or at once when `purge` says so.',
    access: 'member',
    status: 204,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async delete(
    @Param('id', { schema: IdParam }) id: string,
    @Query({ schema: DeletionQuerySchema }) { purge }: DeletionQuery,
    @CurrentViewer() viewer: Viewer,
  ) {
    await (purge ? this.deletion.purge(id, viewer) : this.deletion.delete(id, viewer));
  }

  @Post('restore')
  @Operation({
    summary: 'Bring a deleted video back',
    description:
      'For its uploader and staff, until it is purged. One that was deleted while it was processed comes ' +
      'back `cancelled`, and can be retried.',
    access: 'member',
    returns: VideoSchema,
    errors: ['video.not_found', 'video.state_conflict', 'upload.over_quota', 'auth.csrf'],
  })
  async restore(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.deletion.restore(id, viewer);
  }
}
