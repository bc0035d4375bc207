import { Controller, Delete, Get, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import {
  LibraryPageSchema,
  LibraryVideoSchema,
  RecentQuerySchema,
  RecentSourcesSchema,
  SourceKeyParam,
  SourceListQuerySchema,
  type RecentQuery,
  type SourceListQuery,
} from './source-library.dto.js';
import { SourceLibraryService } from './source-library.service.js';

@ApiTags('Ingest')
@Controller('videos/s3-videos')
export class SourceLibraryController {
  constructor(private readonly library: SourceLibraryService) {}

  @Get()
  @Operation({
    summary: 'What I have uploaded, as files in the storage',
    description: 'The originals: videos made of one of them are not listed beside it.',
    access: 'signed-in',
    returns: LibraryPageSchema,
  })
  async list(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: SourceListQuerySchema }) query: SourceListQuery,
  ) {
    return this.library.list(viewer, query);
  }

  @Get('recent')
  @Operation({
    summary: 'The newest of what I have uploaded',
    access: 'signed-in',
    returns: RecentSourcesSchema,
  })
  async recent(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: RecentQuerySchema }) { limit }: RecentQuery,
  ) {
    return this.library.recent(viewer, limit);
  }

  @Get('by-key/*')
  @Operation({
    summary: 'What I have uploaded under a key',
    access: 'signed-in',
    returns: LibraryVideoSchema,
    errors: ['video.not_found'],
  })
  async byKey(
    @CurrentViewer() viewer: Viewer,
    @Param('*', { schema: SourceKeyParam }) key: string,
  ) {
    return this.library.byKey(viewer, key);
  }

  @Delete(':id')
  @Operation({
    summary: 'Delete something I have uploaded, as by deleting the video',
    access: 'member',
    status: 204,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async delete(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.library.delete(viewer, id);
  }
}
