import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import { mayChange } from '../../catalogue/video-access.js';
import type { Video } from '../../catalogue/video.entity.js';
import { VideosService } from '../../catalogue/videos.service.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { pageFields } from '../../common/pagination.js';
import { toCommentDto, type CommentDto, type ModeratedQuery } from './comments.dto.js';
import { CommentsRepository } from './comments.repository.js';
import { CommentsService } from './comments.service.js';

/** What staff, and owners of videos, do with what others say. */
@Injectable()
export class CommentModeration {
  constructor(
    private readonly comments: CommentsService,
    private readonly rows: CommentsRepository,
    private readonly videos: VideosService,
    private readonly audit: AuditService,
  ) {}

  /** Of all videos. */
  async page({ status, ...page }: ModeratedQuery, viewer: Viewer) {
    const [comments, total] = await this.rows.findByStatus(status, page);
    return {
      comments: comments.map((comment) => ({
        ...toCommentDto(comment, viewer),
        video: { id: comment.videoId, title: comment.videoTitle },
      })),
      ...pageFields(total, page.page, page.page_size),
    };
  }

  /**
   * Lets a comment through, hides it, or shows it again.
   *
   * @throws DomainError `video.not_found`, `comment.not_found`, `auth.forbidden`
   */
  async changeStatus(
    videoId: string,
    id: string,
    viewer: Viewer,
    status: 'published' | 'hidden',
  ): Promise<CommentDto> {
    const video = await this.videos.visible(videoId, viewer);
    const comment = await this.comments.readable(video, id, viewer);
    if (!mayChange(video, viewer)) throw forbidden();
    if (await this.rows.changeStatus(id, status)) {
      await this.record(`comment.${status}`, video, id, viewer);
    }
    return toCommentDto({ ...comment, status }, viewer);
  }

  /**
   * By its author, the owner of the video, or staff.
   *
   * @throws DomainError `video.not_found`, `comment.not_found`, `auth.forbidden`
   */
  async remove(videoId: string, id: string, viewer: Viewer): Promise<void> {
    const video = await this.videos.visible(videoId, viewer);
    const { userId } = await this.comments.readable(video, id, viewer);
    const isMine = userId === viewer.id;
    if (!isMine && !mayChange(video, viewer)) throw forbidden();
    if ((await this.rows.remove(id)) && !isMine) {
      await this.record('comment.deleted', video, id, viewer);
    }
  }

  private async record(
    action: 'comment.deleted' | 'comment.hidden' | 'comment.published',
    { id }: Video,
    commentId: string,
    viewer: Viewer,
  ): Promise<void> {
    await this.audit.record({
      action,
      by: viewer,
      subject: { type: 'video', id },
      details: { comment_id: commentId },
    });
  }
}

function forbidden(): DomainError {
  const detail = 'Only its author, the owner of the video, or staff may do this to a comment.';
  return new DomainError('auth.forbidden', detail);
}
