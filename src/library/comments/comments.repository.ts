import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Page } from '../library.dto.js';
import type { Comment, CommentStatus } from './comment.js';

const SELECT = `SELECT comment.id, comment.video_id AS "videoId", video.title AS "videoTitle",
    comment.user_id AS "userId", author.name AS "userName", comment.text, comment.status,
    comment.created_at AS "createdAt", comment.edited_at AS "editedAt"
  FROM comments comment
  JOIN users author ON author.id = comment.user_id
  JOIN videos video ON video.id = comment.video_id`;

/** All SQL about comments. */
@Injectable()
export class CommentsRepository {
  constructor(private readonly database: DataSource) {}

  /**
   * Those of a video that somebody may read, the newest first.
   *
   * @param seesAll whether they moderate, and read what others do not
   */
  async findPage(
    videoId: string,
    viewerId: string,
    seesAll: boolean,
    page: Page,
  ): Promise<[Comment[], number]> {
    const readable = `comment.video_id = $1
      AND (comment.status = 'published' OR comment.user_id = $2 OR $3::boolean)`;
    return this.page(readable, [videoId, viewerId, seesAll], page);
  }

  /** Those of all videos in one state that are not deleted, the newest first. */
  async findByStatus(status: CommentStatus, page: Page): Promise<[Comment[], number]> {
    return this.page('comment.status = $1 AND video.deleted_at IS NULL', [status], page);
  }

  async find(videoId: string, id: string): Promise<Comment | undefined> {
    const [comment] = await this.database.query<Comment[]>(
      `${SELECT} WHERE comment.video_id = $1 AND comment.id = $2`,
      [videoId, id],
    );
    return comment;
  }

  /** All of one person, the oldest first. */
  async findAllOf(userId: string): Promise<Comment[]> {
    return this.database.query<Comment[]>(
      `${SELECT} WHERE comment.user_id = $1 ORDER BY comment.created_at, comment.id`,
      [userId],
    );
  }

  /** Returns its id; undefined where the video has gone meanwhile. */
  async add(
    videoId: string,
    userId: string,
    text: string,
    status: CommentStatus,
  ): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }[]>(
      `INSERT INTO comments (video_id, user_id, text, status)
       SELECT id, $2, $3, $4 FROM videos WHERE id = $1 RETURNING id`,
      [videoId, userId, text, status],
    );
    return row?.id;
  }

  /**
   * Gives a comment another text.
   *
   * @param publishedBecomes what becomes of one that everybody reads
   */
  async edit(id: string, text: string, publishedBecomes: CommentStatus): Promise<void> {
    await this.database.query(
      `UPDATE comments SET text = $2, edited_at = now(),
         status = CASE WHEN status = 'published' THEN $3 ELSE status END
       WHERE id = $1`,
      [id, text, publishedBecomes],
    );
  }

  /** False where it is in that state already, or gone. */
  async changeStatus(id: string, status: CommentStatus): Promise<boolean> {
    const [, affected] = await this.database.query<[unknown, number]>(
      'UPDATE comments SET status = $2 WHERE id = $1 AND status <> $2',
      [id, status],
    );
    return affected > 0;
  }

  /** False where it is gone already. */
  async remove(id: string): Promise<boolean> {
    const [, affected] = await this.database.query<[unknown, number]>(
      'DELETE FROM comments WHERE id = $1',
      [id],
    );
    return affected > 0;
  }

  private async page(
    condition: string,
    values: unknown[],
    { page, page_size: size }: Page,
  ): Promise<[Comment[], number]> {
    const rows = await this.database.query<Comment[]>(
      `${SELECT} WHERE ${condition} ORDER BY comment.created_at DESC, comment.id DESC
       LIMIT ${size} OFFSET ${(page - 1) * size}`,
      values,
    );
    const [counted] = await this.database.query<{ total: number }[]>(
      `SELECT count(*)::integer AS total
       FROM comments comment JOIN videos video ON video.id = comment.video_id WHERE ${condition}`,
      values,
    );
    return [rows, counted?.total ?? 0];
  }
}
