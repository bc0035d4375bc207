import { Injectable } from '@nestjs/common';
import { mayChange } from '../../catalogue/video-access.js';
import type { Video } from '../../catalogue/video.entity.js';
import { VideosService } from '../../catalogue/videos.service.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { pageFields } from '../../common/pagination.js';
import { CommentsConfig } from '../../config/config.js';
import { RateLimiter, type RateLimit } from '../../ports/rate-limiter.js';
import type { Page } from '../library.dto.js';
import type { Comment } from './comment.js';
import { toCommentDto, type CommentDto } from './comments.dto.js';
import { CommentsRepository } from './comments.repository.js';

const LIMITS: readonly RateLimit[] = [
  { name: 'comments-minute', points: 5, seconds: 60 },
  { name: 'comments-hour', points: 50, seconds: 3600 },
];

/** What people say about videos. */
@Injectable()
export class CommentsService {
  constructor(
    private readonly comments: CommentsRepository,
    private readonly videos: VideosService,
    private readonly limiter: RateLimiter,
    private readonly config: CommentsConfig,
  ) {}

  /** @throws DomainError `video.not_found` */
  async page(videoId: string, viewer: Viewer, page: Page) {
    const video = await this.videos.visible(videoId, viewer);
    const [comments, total] = this.isOff
      ? [[], 0]
      : await this.comments.findPage(videoId, viewer.id, mayChange(video, viewer), page);
    return {
      comments: comments.map((comment) => toCommentDto(comment, viewer)),
      ...pageFields(total, page.page, page.page_size),
    };
  }

  /** @throws DomainError `video.not_found`, `comment.switched_off`, `request.too_many` */
  async write(videoId: string, viewer: Viewer, text: string): Promise<CommentDto> {
    const video = await this.admit(videoId, viewer);
    const id = await this.comments.add(videoId, viewer.id, text, this.newStatus(video, viewer));
    if (!id) throw new DomainError('video.not_found', 'No video has this id.');
    return toCommentDto(await this.comment(videoId, id), viewer);
  }

  /**
   * Of one's own; where comments wait to be let through, it waits again.
   *
   * @throws DomainError `video.not_found`, `comment.not_found`, `comment.switched_off`,
   *   `auth.forbidden`, `request.too_many`
   */
  async edit(videoId: string, id: string, viewer: Viewer, text: string): Promise<CommentDto> {
    const video = await this.admit(videoId, viewer);
    const { userId } = await this.readable(video, id, viewer);
    if (userId !== viewer.id) {
      throw new DomainError('auth.forbidden', 'Only its author may change a comment.');
    }
    await this.comments.edit(id, text, this.newStatus(video, viewer));
    return toCommentDto(await this.comment(videoId, id), viewer);
  }

  /** @throws DomainError `comment.not_found`, also for one that the viewer may not read */
  async readable(video: Video, id: string, viewer: Viewer): Promise<Comment> {
    const comment = await this.comment(video.id, id);
    const { status, userId } = comment;
    if (status === 'published' || userId === viewer.id || mayChange(video, viewer)) return comment;
    throw notFound();
  }

  async listOf(userId: string): Promise<Comment[]> {
    return this.comments.findAllOf(userId);
  }

  private get isOff(): boolean {
    return this.config.mode === 'off';
  }

  private async admit(videoId: string, viewer: Viewer): Promise<Video> {
    const video = await this.videos.visible(videoId, viewer);
    if (this.isOff) throw new DomainError('comment.switched_off', 'Nobody can comment here.');
    for (const limit of LIMITS) {
      await this.limiter.admit(
        limit,
        viewer.id,
        'You comment very fast. Try again a little later.',
      );
    }
    return video;
  }

  private newStatus(video: Video, viewer: Viewer): 'waiting' | 'published' {
    const waits = this.config.mode === 'moderated' && !mayChange(video, viewer);
    return waits ? 'waiting' : 'published';
  }

  private async comment(videoId: string, id: string): Promise<Comment> {
    const comment = await this.comments.find(videoId, id);
    if (!comment) throw notFound();
    return comment;
  }
}

function notFound(): DomainError {
  return new DomainError('comment.not_found', 'No comment on this video has this id.');
}
