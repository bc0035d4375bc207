import { Controller, Get, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../common/access.js';
import { Operation } from '../common/operation.js';
import { CommentModeration } from '../library/comments/comment-moderation.service.js';
import {
  ModeratedPageSchema,
  ModeratedQuerySchema,
  type ModeratedQuery,
} from '../library/comments/comments.dto.js';

@ApiTags('Administration')
@Controller('admin/comments')
export class AdminCommentsController {
  constructor(private readonly moderation: CommentModeration) {}

  @Get()
  @Operation({
    summary: 'Comments that wait to be let through, or are hidden, the newest first',
    description: '`PUT /videos/{id}/comments/{commentId}/status` is what becomes of them.',
    access: 'staff',
    returns: ModeratedPageSchema,
  })
  async page(
    @Query({ schema: ModeratedQuerySchema }) query: ModeratedQuery,
    @CurrentViewer() viewer: Viewer,
  ) {
    return this.moderation.page(query, viewer);
  }
}
