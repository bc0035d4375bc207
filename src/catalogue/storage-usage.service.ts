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
}
