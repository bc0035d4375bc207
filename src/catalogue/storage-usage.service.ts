import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Bytes that one user's videos take; those of deleted ones are on their way out. */
export interface StorageUsage {
  /** A source that several videos share counts once. */
  sourceBytes: number;
  /** Of all sizes and sound tracks, pictures left aside. */
  renditionBytes: number;
}

/** How much room people's videos take. */
@Injectable()
export class StorageUsageService {
  constructor(private readonly database: DataSource) {}

  async of(ownerId: string): Promise<StorageUsage> {
    const [row] = await this.database.query<Record<'sources' | 'renditions', string>[]>(
      `SELECT
         (SELECT coalesce(sum(size_bytes), 0) FROM (
            SELECT max(source_size_bytes) AS size_bytes FROM videos
            WHERE owner_id = $1 AND deleted_at IS NULL AND source_key IS NOT NULL
            GROUP BY source_key) source) AS sources,
         (SELECT coalesce(sum(rendition.size_bytes), 0) FROM renditions rendition
          JOIN revisions revision ON revision.id = rendition.revision_id
            AND revision.status IN ('building', 'published')
          JOIN videos video ON video.id = revision.video_id
          WHERE video.owner_id = $1 AND video.deleted_at IS NULL) AS renditions`,
      [ownerId],
    );
    return { sourceBytes: Number(row?.sources), renditionBytes: Number(row?.renditions) };
  }

  /** Bytes that a deleted video would add again. */
  async ofDeleted(videoId: string): Promise<number> {
    const [row] = await this.database.query<{ bytes: string }[]>(
      `SELECT
         (CASE WHEN video.source_key IS NULL OR EXISTS (SELECT 1 FROM videos other
            WHERE other.source_key = video.source_key AND other.deleted_at IS NULL)
          THEN 0 ELSE video.source_size_bytes END)
         + (SELECT coalesce(sum(rendition.size_bytes), 0) FROM renditions rendition
            JOIN revisions revision ON revision.id = rendition.revision_id
              AND revision.status IN ('building', 'published')
            WHERE revision.video_id = video.id) AS bytes
       FROM videos video WHERE video.id = $1 AND video.deleted_at IS NOT NULL`,
      [videoId],
    );
    return Number(row?.bytes ?? 0);
  }
}
