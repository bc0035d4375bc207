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

/** Figures of one moment. */
export interface Usage {
  kinds: KindUsage[];
  /** Those who use most, the greatest first. */
  largestUsers: UserUsage[];
}

/**
 * What each user has of each kind; every table is read once, for all questions. A source counts once, however many
 * videos share it, and is deleted when all of them are. The files of a rendition are its segments, and what leads to
 * them.
 */
const PARTS = `
  CREATE TEMPORARY TABLE usage_parts ON COMMIT DROP AS
  SELECT owner_id, 'source' AS kind, is_deleted, count(*) AS files, sum(size_bytes) AS bytes
  FROM (
    SELECT owner_id, max(source_size_bytes) AS size_bytes,
      bool_and(deleted_at IS NOT NULL) AS is_deleted
    FROM videos WHERE source_key IS NOT NULL GROUP BY owner_id, source_key) source
  GROUP BY owner_id, is_deleted
  UNION ALL
  SELECT video.owner_id, 'rendition', video.deleted_at IS NOT NULL,
    sum(segment_count + CASE rendition.kind WHEN 'video' THEN 3 ELSE 2 END),
    sum(rendition.size_bytes)
  FROM renditions rendition
  JOIN revisions revision ON revision.id = rendition.revision_id
    AND revision.status IN ('building', 'published')
  JOIN videos video ON video.id = revision.video_id
  WHERE rendition.size_bytes IS NOT NULL
  GROUP BY video.owner_id, video.deleted_at IS NOT NULL
  UNION ALL
  SELECT owner_id, 'incoming', false, count(*), sum(size_bytes)
  FROM upload_sessions WHERE finished_at IS NULL AND expires_at > now() GROUP BY owner_id`;

const KINDS = `
  SELECT name AS kind, coalesce(sum(files), 0) AS objects, coalesce(sum(bytes), 0) AS bytes
  FROM (VALUES (1, 'sources', 'source', false), (2, 'renditions', 'rendition', false),
    (3, 'uploads in progress', 'incoming', false), (4, 'of deleted videos', 'source', true),
    (4, 'of deleted videos', 'rendition', true)) shown (place, name, kind, is_deleted)
  LEFT JOIN usage_parts USING (kind, is_deleted)
  GROUP BY place, name ORDER BY place`;

const LARGEST = `
  WITH largest AS (
    SELECT owner_id, sum(bytes) AS used,
      coalesce(sum(bytes) FILTER (WHERE kind = 'source'), 0) AS source,
      coalesce(sum(bytes) FILTER (WHERE kind = 'rendition'), 0) AS rendition,
      coalesce(sum(bytes) FILTER (WHERE kind = 'incoming'), 0) AS incoming
    FROM usage_parts WHERE NOT is_deleted
    GROUP BY owner_id ORDER BY used DESC, owner_id LIMIT $1)
  SELECT owner.id, owner.email, owner.username,
    (SELECT count(*) FROM videos WHERE owner_id = owner.id AND deleted_at IS NULL) AS videos,
    source AS "sourceBytes", rendition AS "renditionBytes", incoming AS "incomingBytes",
    used AS "usedBytes"
  FROM largest JOIN users owner ON owner.id = largest.owner_id
  ORDER BY used DESC, owner.id`;

/** SQL about how much room everything takes. */
@Injectable()
export class UsageRepository {
  constructor(private readonly database: DataSource) {}

  async usage(userLimit: number): Promise<Usage> {
    return this.database.transaction('REPEATABLE READ', async (transaction) => {
      // For one who waits for it, and not for one of many requests.
      await transaction.query(
        `SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB';
         SET LOCAL max_parallel_workers_per_gather = 2`,
      );
      await transaction.query(PARTS);
      const kinds = await transaction.query<Record<keyof KindUsage, string>[]>(KINDS);
      const users = await transaction.query<Record<keyof UserUsage, string>[]>(LARGEST, [
        userLimit,
      ]);
      return { kinds: kinds.map(toKindUsage), largestUsers: users.map(toUserUsage) };
    });
  }
}

function toKindUsage({ kind, objects, bytes }: Record<keyof KindUsage, string>): KindUsage {
  return { kind, objects: Number(objects), bytes: Number(bytes) };
}

function toUserUsage({
  id,
  email,
  username,
  ...figures
}: Record<keyof UserUsage, string>): UserUsage {
  return {
    ...{ id, email, username },
    videos: Number(figures.videos),
    sourceBytes: Number(figures.sourceBytes),
    renditionBytes: Number(figures.renditionBytes),
    incomingBytes: Number(figures.incomingBytes),
    usedBytes: Number(figures.usedBytes),
  };
}
