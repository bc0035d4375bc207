import { Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { ListPageSchema, PageQuerySchema, type Page } from './library.dto.js';
import { MyListService } from './my-list.service.js';

@ApiTags('Library')
@Controller('me/list')
export class MyListController {
  constructor(private readonly list: MyListService) {}

  @Get()
  @Operation({
    summary: 'My list, the last added first',
    access: 'signed-in',
    returns: ListPageSchema,
  })
  async page(@CurrentViewer() viewer: Viewer, @Query({ schema: PageQuerySchema }) page: Page) {
    return this.list.page(viewer, page);
  }

  @Put(':id')
  @Operation({
    summary: 'Put a video on my list',
    access: 'signed-in',
    status: 204,
    errors: ['video.not_found', 'auth.csrf'],
  })
  async add(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.list.add(viewer, id);
  }

  @Delete(':id')
  @Operation({
    summary: 'Take a video off my list',
    access: 'signed-in',
    status: 204,
    errors: ['auth.csrf'],
  })
  async remove(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    await this.list.remove(viewer, id);
  }
}
