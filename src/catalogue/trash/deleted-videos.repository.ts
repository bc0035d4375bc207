import { Injectable } from '@nestjs/common';
import { DataSource, IsNull, Not, type UpdateResult } from 'typeorm';
import { Video } from '../video.entity.js';

/** SQL about videos that were deleted and are not gone yet. */
@Injectable()
export class DeletedVideosRepository {
  constructor(private readonly database: DataSource) {}

  async findById(id: string): Promise<Video | null> {
    const where = { id, deletedAt: Not(IsNull()) };
    return this.database.getRepository(Video).findOne({ where, withDeleted: true });
  }

  /** False when the video is not deleted, or its files are being removed. */
  async restore(id: string): Promise<boolean> {
    const { affected }: UpdateResult = await this.database
      .createQueryBuilder()
      .update(Video)
      .set({ deletedAt: null })
      .where('id = :id AND deleted_at IS NOT NULL AND purge_started_at IS NULL', { id })
      .execute();
    return affected === 1;
  }

  /** From here on it cannot come back; false when it is not deleted. */
  async beginPurge(id: string): Promise<boolean> {
    const [rows] = await this.database.query<[unknown[], number]>(
      `UPDATE videos SET purge_started_at = coalesce(purge_started_at, now())
       WHERE id = $1 AND deleted_at IS NOT NULL RETURNING id`,
      [id],
    );
    return rows.length === 1;
  }

  /** Removes the row with all that refers to it. */
  async remove(id: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      // One of those that were made of its source stands for that source from now on.
      await transaction.query(
        `UPDATE videos SET source_video_id = nullif(heir.id, videos.id)
         FROM (SELECT id FROM videos WHERE source_video_id = $1
               ORDER BY deleted_at IS NOT NULL, created_at, id LIMIT 1) heir
         WHERE source_video_id = $1`,
        [id],
      );
      await transaction.query('DELETE FROM videos WHERE id = $1 AND purge_started_at IS NOT NULL', [
        id,
      ]);
    });
  }

  /** Ids, behind `afterId`, of those that were deleted before a moment, and of those that are half gone. */
  async findDue(before: Date, afterId: string | undefined, limit: number): Promise<string[]> {
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT id FROM videos
       WHERE deleted_at IS NOT NULL AND (deleted_at < $1 OR purge_started_at IS NOT NULL)
         AND ($2::uuid IS NULL OR id > $2)
       ORDER BY id LIMIT $3`,
      [before, afterId ?? null, limit],
    );
    return rows.map(({ id }) => id);
  }
}
