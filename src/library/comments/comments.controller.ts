import { Body, Controller, Delete, Get, Param, Patch, Post, Put, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { CurrentViewer, type Viewer } from '../../common/access.js';
import { IdParam } from '../../common/ids.js';
import { Operation } from '../../common/operation.js';
import { PageQuerySchema, type Page } from '../library.dto.js';
import { CommentModeration } from './comment-moderation.service.js';
import {
  CommentPageSchema,
  CommentSchema,
  NewCommentSchema,
  NewCommentStatusSchema,
  type NewComment,
  type NewCommentStatus,
} from './comments.dto.js';
import { CommentsService } from './comments.service.js';

@ApiTags('Comments')
@Controller('videos/:id/comments')
export class CommentsController {
  constructor(
    private readonly comments: CommentsService,
    private readonly moderation: CommentModeration,
  ) {}

  @Get()
  @Operation({
    summary: 'What people say about a video, the newest first',
    description: 'Also what waits or is hidden, of oneself; of everybody for its owner and staff.',
    access: 'signed-in',
    returns: CommentPageSchema,
    errors: ['video.not_found'],
  })
  async page(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Query({ schema: PageQuerySchema }) page: Page,
  ) {
    return this.comments.page(id, viewer, page);
  }

  @Post()
  @Operation({
    summary: 'Say something about a video',
    description:
      'Five times a minute and fifty times an hour. Where comments are moderated, it is read once ' +
      'the owner of the video or staff let it through.',
    access: 'member',
    status: 201,
    returns: CommentSchema,
    errors: ['video.not_found', 'comment.switched_off', 'request.too_many', 'auth.csrf'],
  })
  async write(
    @Param('id', { schema: IdParam }) id: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: NewCommentSchema }) { text }: NewComment,
  ) {
    return this.comments.write(id, viewer, text);
  }

  @Patch(':commentId')
  @Operation({
    summary: 'Change what I said',
    access: 'member',
    returns: CommentSchema,
    errors: [
      ...(['video.not_found', 'comment.not_found', 'comment.switched_off'] as const),
      ...(['request.too_many', 'auth.csrf'] as const),
    ],
  })
  async edit(
    @Param('id', { schema: IdParam }) id: string,
    @Param('commentId', { schema: IdParam }) commentId: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: NewCommentSchema }) { text }: NewComment,
  ) {
    return this.comments.edit(id, commentId, viewer, text);
  }

  @Put(':commentId/status')
  @Operation({
    summary: 'Let a comment through, hide it, or show it again',
    description: 'For the owner of the video and staff; the audit log has it.',
    access: 'member',
    returns: CommentSchema,
    errors: ['video.not_found', 'comment.not_found', 'auth.csrf'],
  })
  async changeStatus(
    @Param('id', { schema: IdParam }) id: string,
    @Param('commentId', { schema: IdParam }) commentId: string,
    @CurrentViewer() viewer: Viewer,
    @Body({ schema: NewCommentStatusSchema }) { status }: NewCommentStatus,
  ) {
    return this.moderation.changeStatus(id, commentId, viewer, status);
  }

  @Delete(':commentId')
  @Operation({
    summary: 'Delete a comment',
    description: 'For its author, the owner of the video, and staff.',
    access: 'member',
    status: 204,
    errors: ['video.not_found', 'comment.not_found', 'auth.csrf'],
  })
  async remove(
    @Param('id', { schema: IdParam }) id: string,
    @Param('commentId', { schema: IdParam }) commentId: string,
    @CurrentViewer() viewer: Viewer,
  ) {
    await this.moderation.remove(id, commentId, viewer);
  }
}
