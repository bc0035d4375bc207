import type { ShownVideo } from '../shown-video.js';

/** Columns of {@link ShownRow}; aliases: `video`, `owner`, `stats`, `series`. */
const SHOWN_COLUMNS = `video.id, video.number, video.owner_id AS "ownerId", video.title, video.description,
  video.language, video.tags, video.visibility, video.status, video.playable,
  video.progress_percent AS "progressPercent", video.duration_seconds AS "durationSeconds",
  video.thumbnail_key AS "thumbnailKey", video.poster_key AS "posterKey", video.preview_key AS "previewKey",
  video.created_at AS "createdAt", video.updated_at AS "updatedAt",
  owner.name AS "ownerName", stats.views::double precision AS views, stats.likes, stats.rating,
  series.id AS "seriesId", series.title AS "seriesTitle",
  video.season_number AS "seasonNumber", video.episode_number AS "episodeNumber",
  (SELECT coalesce(json_agg(json_build_object('slug', genre.slug, 'name', genre.name) ORDER BY genre.name), '[]')
    FROM video_genres shown_link JOIN genres genre ON genre.id = shown_link.genre_id
    WHERE shown_link.video_id = video.id) AS genres`;

export interface ShownRow extends Omit<ShownVideo, 'series' | 'createdAt' | 'updatedAt'> {
  createdAt: Date;
  updatedAt: Date;
  seriesId: string | null;
  seriesTitle: string | null;
  seasonNumber: number | null;
  episodeNumber: number | null;
}

/**
 * SELECT of the rows that answers show, for the videos that a subquery has found.
 *
 * @param found SQL of a table with their `id`
 * @param order SQL of an ORDER BY over its alias `found` and `video`
 * @param further columns of `found` beside them
 */
export function shownSql(found: string, order: string, further: readonly string[] = []): string {
  return `SELECT ${[SHOWN_COLUMNS, ...further].join(', ')}
    FROM ${found} found
    JOIN videos video ON video.id = found.id
    JOIN users owner ON owner.id = video.owner_id
    JOIN video_stats stats ON stats.video_id = video.id
    LEFT JOIN series ON series.id = video.series_id
    ORDER BY ${order}`;
}

export function toShown(row: ShownRow): ShownVideo {
  const { id, number, ownerId, ownerName, title, description, language, tags, visibility } = row;
  const { status, playable, progressPercent, durationSeconds, genres } = row;
  const { thumbnailKey, posterKey, previewKey, views, likes, rating } = row;
  return {
    ...{ id, number, ownerId, ownerName, title, description, language, tags, visibility },
    ...{ status, playable, progressPercent, durationSeconds, genres },
    ...{ thumbnailKey, posterKey, previewKey, views, likes, rating },
    series: seriesOf(row),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function seriesOf({ seriesId, seriesTitle, seasonNumber, episodeNumber }: ShownRow) {
  if (seriesId === null || seriesTitle === null) return null;
  if (seasonNumber === null || episodeNumber === null) return null;
  return { id: seriesId, title: seriesTitle, seasonNumber, episodeNumber };
}
