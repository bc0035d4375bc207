import { Controller, Get, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { IdParam } from '../common/ids.js';
import { Operation } from '../common/operation.js';
import { MineSchema } from './library.dto.js';
import { MineService } from './mine.service.js';

@ApiTags('Library')
@Controller('videos/:id/mine')
export class MineController {
  constructor(private readonly mine: MineService) {}

  @Get()
  @Operation({
    summary: 'What I have to do with a video: like, stars, list, progress',
    access: 'signed-in',
    returns: MineSchema,
    errors: ['video.not_found'],
  })
  async get(@Param('id', { schema: IdParam }) id: string, @CurrentViewer() viewer: Viewer) {
    return this.mine.get(viewer, id);
  }
}
