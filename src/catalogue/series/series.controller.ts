import { Body, Controller, Delete, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { CachedAnswer } from '../caching/cached-answers.interceptor.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import {
  NewSeriesSchema,
  SeriesChangesSchema,
  SeriesListQuerySchema,
  SeriesPageSchema,
  SeriesSchema,
  SeriesWithEpisodesSchema,
  type NewSeries,
  type SeriesChanges,
  type SeriesListQuery,
} from './series.dto.js';
import { SeriesService } from './series.service.js';

@ApiTags('Series')
@Controller('series')
export class SeriesController {
  constructor(private readonly series: SeriesService) {}

  @Post()
  @Operation({
    summary: 'Make a series',
    description: 'Videos become its episodes by a change of theirs.',
    access: 'uploader',
    status: 201,
    returns: SeriesSchema,
    errors: ['auth.csrf'],
  })
  async create(
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: NewSeriesSchema }) series: NewSeries,
  ) {
    return this.series.create(viewer, series);
  }

  @Get()
  @CachedAnswer('lists')
  @Operation({
    summary: 'Series by title: those with episodes for me, and my own',
    access: 'signed-in',
    throttled: true,
    returns: SeriesPageSchema,
  })
  async list(
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: SeriesListQuerySchema }) query: SeriesListQuery,
  ) {
    return this.series.list(viewer, query);
  }

  @Get(':id')
  @CachedAnswer('lists')
  @Operation({
    summary: 'A series with its seasons and episodes',
    access: 'signed-in',
    throttled: true,
    returns: SeriesWithEpisodesSchema,
    errors: ['series.not_found'],
  })
  async get(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.series.get(id, viewer);
  }

  @Patch(':id')
  @Operation({
    summary: 'Change a series',
    access: 'member',
    returns: SeriesSchema,
    errors: ['series.not_found', 'auth.csrf'],
  })
  async change(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: SeriesChangesSchema }) changes: SeriesChanges,
  ) {
    return this.series.change(id, viewer, changes);
  }

  @Delete(':id')
  @Operation({
    summary: 'Delete a series; its videos stay',
    access: 'member',
    status: 204,
    errors: ['series.not_found', 'auth.csrf'],
  })
  async delete(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.series.delete(id, viewer);
  }
}
