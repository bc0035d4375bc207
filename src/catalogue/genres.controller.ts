import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { Operation } from '../common/operation.js';
import { CachedAnswer } from './caching/cached-answers.interceptor.js';
import { GenresService } from './genres.service.js';
import { GenresSchema } from './video.dto.js';

@ApiTags('Videos')
@Controller('genres')
export class GenresController {
  constructor(private readonly genres: GenresService) {}

  @Get()
  @CachedAnswer('lists')
  @Operation({
    summary: 'Genres with the number of their videos',
    access: 'signed-in',
    returns: GenresSchema,
    throttled: true,
    validates: false,
  })
  async list(@CurrentViewer() viewer: Viewer) {
    return this.genres.list(viewer);
  }
}
