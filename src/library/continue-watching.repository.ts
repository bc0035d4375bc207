import { Injectable } from '@nestjs/common';
import { DataSource, In } from 'typeorm';
import { nextEpisodeSql } from '../catalogue/series/episodes.js';
import { SHOWN_RELATIONS } from '../catalogue/shown-video.js';
import { mayViewSql } from '../catalogue/video-access.js';
import { Video } from '../catalogue/video.entity.js';
import type { Viewer } from '../common/access.js';
import type { Page } from './library.dto.js';
import { BEGUN_SECONDS, BEGUN_SHARE, FINISHED_SHARE } from './watching.js';

/** A film to go on with: begun, or the episode after one that has come to its end. */
export interface Continued {
  video: Video;
  positionSeconds: number;
  watchedAt: Date;
}

const VIEWER = { id: '$1::uuid', role: '$2::text' };

// Whatever is compared with a length that nobody knows yet is not true.
const FINISHED = `(progress.position_seconds >= ${FINISHED_SHARE} * video.duration_seconds) IS TRUE`;
const BEGUN = `progress.position_seconds
  >= least(${BEGUN_SECONDS}, ${BEGUN_SHARE} * video.duration_seconds)`;

/**
 * Of each series, what follows the episode that was watched to its end last; unless that was gone on
 * with, watched or taken off since.
 */
const ENTRIES = `
  WITH seen AS (
    SELECT video.id, video.series_id, video.season_number, video.episode_number,
      progress.position_seconds, progress.watched_at, progress.is_dismissed,
      ${FINISHED} AS is_finished,
      NOT progress.is_dismissed AND video.playable AND ${BEGUN} AND NOT ${FINISHED} AS is_continued
    FROM watch_progress progress JOIN videos video ON video.id = progress.video_id
    WHERE progress.user_id = $1 AND ${mayViewSql('video', VIEWER)}
  ), finished AS (
    SELECT DISTINCT ON (series_id) * FROM seen WHERE is_finished AND series_id IS NOT NULL
    ORDER BY series_id, watched_at DESC, id
  ), next AS (
    SELECT ${nextEpisodeSql('finished', VIEWER)} AS id, watched_at
    FROM finished WHERE NOT is_dismissed
  ), entry AS (
    SELECT id, position_seconds, watched_at FROM seen WHERE is_continued
    UNION ALL
    SELECT id, CASE WHEN seen.is_finished THEN 0 ELSE coalesce(seen.position_seconds, 0) END,
      next.watched_at
    FROM next LEFT JOIN seen USING (id)
    WHERE id IS NOT NULL AND seen.is_continued IS NOT TRUE
      AND (seen.watched_at >= next.watched_at AND (seen.is_dismissed OR seen.is_finished)) IS NOT TRUE
  )`;

interface Entry {
  id: string;
  positionSeconds: number;
  watchedAt: Date;
}

/** All SQL about what people go on watching. */
@Injectable()
export class ContinueWatchingRepository {
  constructor(private readonly database: DataSource) {}

  /** What was watched last at first. */
  async findPage(
    { id, role }: Viewer,
    { page, page_size: size }: Page,
  ): Promise<[Continued[], number]> {
    const entries = await this.database.query<Entry[]>(
      `${ENTRIES}
      SELECT id, position_seconds AS "positionSeconds", watched_at AS "watchedAt"
      FROM entry ORDER BY watched_at DESC, id LIMIT $3 OFFSET $4`,
      [id, role, size, (page - 1) * size],
    );
    const [counted] = await this.database.query<{ total: number }[]>(
      `${ENTRIES} SELECT count(*)::integer AS total FROM entry`,
      [id, role],
    );
    return [await this.withVideos(entries), counted?.total ?? 0];
  }

  /** Takes a film off: one that was begun, and one that follows what was watched to its end. */
  async dismiss({ id, role }: Viewer, videoId: string): Promise<void> {
    await this.database.query(
      `UPDATE watch_progress progress SET is_dismissed = true
       FROM videos video
       WHERE video.id = progress.video_id AND progress.user_id = $1 AND (video.id = $3
         OR video.series_id = (SELECT series_id FROM videos WHERE id = $3) AND ${FINISHED}
           AND ${nextEpisodeSql('video', VIEWER)} = $3)`,
      [id, role, videoId],
    );
  }

  private async withVideos(entries: readonly Entry[]): Promise<Continued[]> {
    const videos = await this.database.manager.find(Video, {
      where: { id: In(entries.map(({ id }) => id)) },
      relations: SHOWN_RELATIONS,
    });
    const byId = new Map(videos.map((video) => [video.id, video]));
    return entries.flatMap(({ id, positionSeconds, watchedAt }) => {
      const video = byId.get(id);
      return video ? [{ video, positionSeconds, watchedAt }] : [];
    });
  }
}
