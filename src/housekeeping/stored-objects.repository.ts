import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A video as far as it says which objects it has. */
export interface VideoObjects {
  id: string;
  sourceKey: string | null;
  /** Of what people watch, once it is complete. */
  revisionId: string | null;
  pictureKeys: string[];
  /** Folders of the renditions of that revision. */
  renditions: string[];
  /** Below the video's prefix. */
  subtitlePaths: string[];
}

/** SQL about which objects the rows know. */
@Injectable()
export class StoredObjectsRepository {
  constructor(private readonly database: DataSource) {}

  /** Those of the keys that a video or an unfinished upload has. */
  async uploadsAmong(keys: readonly string[]): Promise<Set<string>> {
    return this.setOf(
      `SELECT source_key AS found FROM videos WHERE source_key = ANY($1)
       UNION SELECT storage_key FROM upload_sessions
         WHERE storage_key = ANY($1) AND finished_at IS NULL`,
      keys,
    );
  }

  /** Those of the revisions that are made or may be watched, as `{video}/{revision}`. */
  async revisionsAmong(ids: readonly string[]): Promise<Set<string>> {
    return this.setOf(
      `SELECT video.id || '/' || revision.id AS found
       FROM revisions revision JOIN videos video ON video.id = revision.video_id
       WHERE revision.id = ANY($1::uuid[])
         AND (revision.status <> 'failed' OR video.current_revision_id = revision.id)`,
      ids,
    );
  }

  /** Those of the videos that have a picture of their uploader's. */
  async coversAmong(videoIds: readonly string[]): Promise<Set<string>> {
    const sql = 'SELECT id AS found FROM videos WHERE id = ANY($1::uuid[]) AND has_own_cover';
    return this.setOf(sql, videoIds);
  }

  /** Those of the subtitles that somebody has uploaded, as `{video}/{subtitles}`. */
  async subtitlesAmong(ids: readonly string[]): Promise<Set<string>> {
    return this.setOf(
      `SELECT video_id || '/' || id AS found FROM subtitles
       WHERE id = ANY($1::uuid[]) AND revision_id IS NULL`,
      ids,
    );
  }

  /** Those of the keys that are somebody's picture. */
  async avatarsAmong(keys: readonly string[]): Promise<Set<string>> {
    return this.setOf('SELECT avatar_key AS found FROM users WHERE avatar_key = ANY($1)', keys);
  }

  /** Videos that are not deleted with the objects that they need, in the order of ids. */
  async videosAfter(id: string | undefined, limit: number): Promise<VideoObjects[]> {
    return this.database.query<VideoObjects[]>(
      `SELECT video.id, video.source_key AS "sourceKey", current.id AS "revisionId",
         array_remove(ARRAY[video.thumbnail_key, video.poster_key, video.storyboard_key,
           video.preview_key], NULL) AS "pictureKeys",
         ARRAY(SELECT name FROM renditions WHERE revision_id = current.id AND status = 'ready'
           ORDER BY name) AS renditions,
         ARRAY(SELECT path FROM subtitles WHERE video_id = video.id
           AND (revision_id IS NULL OR revision_id = current.id) ORDER BY path) AS "subtitlePaths"
       FROM videos video
       LEFT JOIN revisions current ON current.id = video.current_revision_id
         AND video.status NOT IN ('pending', 'processing')
       WHERE video.deleted_at IS NULL AND ($1::uuid IS NULL OR video.id > $1)
       ORDER BY video.id LIMIT $2`,
      [id ?? null, limit],
    );
  }

  private async setOf(sql: string, values: readonly string[]): Promise<Set<string>> {
    if (values.length === 0) return new Set();
    const rows = await this.database.query<{ found: string }[]>(sql, [[...new Set(values)]]);
    return new Set(rows.map(({ found }) => found));
  }
}
