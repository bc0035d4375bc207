import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Files of one kind. */
export interface KindUsage {
  kind: string;
  objects: number;
  bytes: number;
}

/** What one user's videos take, as it counts against a quota. */
export interface UserUsage {
  id: string;
  email: string;
  username: string | null;
  videos: number;
  sourceBytes: number;
  renditionBytes: number;
  incomingBytes: number;
  usedBytes: number;
}

/** Every rendition that counts, with the files it consists of: segments, and what leads to them. */
const RENDITIONS = `
  SELECT video.owner_id, video.deleted_at, rendition.size_bytes,
    rendition.segment_count + CASE rendition.kind WHEN 'video' THEN 3 ELSE 2 END AS files
  FROM renditions rendition
  JOIN revisions revision ON revision.id = rendition.revision_id
    AND revision.status IN ('building', 'published')
  JOIN videos video ON video.id = revision.video_id
  WHERE rendition.size_bytes IS NOT NULL`;

/** Every source once, however many videos share it; deleted when all of them are. */
const SOURCES = `
  SELECT owner_id, max(source_size_bytes) AS size_bytes,
    bool_and(deleted_at IS NOT NULL) AS is_deleted
  FROM videos WHERE source_key IS NOT NULL GROUP BY owner_id, source_key`;

const INCOMING = `
  SELECT owner_id, size_bytes FROM upload_sessions
  WHERE finished_at IS NULL AND expires_at > now()`;

/** SQL about how much room everything takes, each question in one pass over the tables. */
@Injectable()
export class UsageRepository {
  constructor(private readonly database: DataSource) {}

  async kinds(): Promise<KindUsage[]> {
    const rows = await this.database.query<Record<keyof KindUsage, string>[]>(
      `WITH sources AS (${SOURCES}), renditions AS (${RENDITIONS}), incoming AS (${INCOMING})
       SELECT 'sources' AS kind, count(*) AS objects, coalesce(sum(size_bytes), 0) AS bytes
       FROM sources WHERE NOT is_deleted
       UNION ALL SELECT 'renditions', coalesce(sum(files), 0), coalesce(sum(size_bytes), 0)
       FROM renditions WHERE deleted_at IS NULL
       UNION ALL SELECT 'uploads in progress', count(*), coalesce(sum(size_bytes), 0) FROM incoming
       UNION ALL SELECT 'of deleted videos', coalesce(sum(files), 0), coalesce(sum(size_bytes), 0)
       FROM (SELECT 1 AS files, size_bytes FROM sources WHERE is_deleted
             UNION ALL SELECT files, size_bytes FROM renditions WHERE deleted_at IS NOT NULL) deleted`,
    );
    return rows.map(({ kind, objects, bytes }) => {
      return { kind, objects: Number(objects), bytes: Number(bytes) };
    });
  }

  /** Those who use most, the greatest first. */
  async largestUsers(limit: number): Promise<UserUsage[]> {
    const rows = await this.database.query<Record<keyof UserUsage, string>[]>(
      `WITH sources AS (${SOURCES}), renditions AS (${RENDITIONS}), incoming AS (${INCOMING}),
       parts AS (
         SELECT owner_id, sum(size_bytes) AS source, 0 AS rendition, 0 AS incoming
         FROM sources WHERE NOT is_deleted GROUP BY owner_id
         UNION ALL SELECT owner_id, 0, sum(size_bytes), 0
         FROM renditions WHERE deleted_at IS NULL GROUP BY owner_id
         UNION ALL SELECT owner_id, 0, 0, sum(size_bytes) FROM incoming GROUP BY owner_id),
       largest AS (
         SELECT owner_id, sum(source) AS source, sum(rendition) AS rendition,
           sum(incoming) AS incoming, sum(source + rendition + incoming) AS used
         FROM parts GROUP BY owner_id ORDER BY used DESC, owner_id LIMIT $1)
       SELECT owner.id, owner.email, owner.username,
         (SELECT count(*) FROM videos WHERE owner_id = owner.id AND deleted_at IS NULL) AS videos,
         source AS "sourceBytes", rendition AS "renditionBytes", incoming AS "incomingBytes",
         used AS "usedBytes"
       FROM largest JOIN users owner ON owner.id = largest.owner_id
       ORDER BY used DESC, owner.id`,
      [limit],
    );
    return rows.map(({ id, email, username, ...figures }) => ({
      ...{ id, email, username },
      videos: Number(figures.videos),
      sourceBytes: Number(figures.sourceBytes),
      renditionBytes: Number(figures.renditionBytes),
      incomingBytes: Number(figures.incomingBytes),
      usedBytes: Number(figures.usedBytes),
    }));
  }
}
