import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { batched } from '../common/batched.js';
import { PreparedStatement } from '../common/prepared-statement.js';
import { KEPT_SECONDS } from './caching/catalogue-cache.service.js';
import { freshFor } from './caching/freshness.js';
import type { ShownVideo } from './shown-video.js';

const SHOWN = `SELECT video.id, video.number, video.owner_id AS "ownerId", video.title, video.description,
  video.language, video.tags, video.visibility, video.status, video.playable,
  video.progress_percent AS "progressPercent", video.duration_seconds AS "durationSeconds",
  video.thumbnail_key AS "thumbnailKey", video.poster_key AS "posterKey", video.preview_key AS "previewKey",
  video.created_at AS "createdAt", video.updated_at AS "updatedAt",
  owner.name AS "ownerName", stats.views::double precision AS views, stats.likes, stats.rating,
  series.id AS "seriesId", series.title AS "seriesTitle",
  video.season_number AS "seasonNumber", video.episode_number AS "episodeNumber",
  (SELECT coalesce(json_agg(json_build_object('slug', genre.slug, 'name', genre.name) ORDER BY genre.name), '[]')
    FROM video_genres shown_link JOIN genres genre ON genre.id = shown_link.genre_id
    WHERE shown_link.video_id = video.id) AS genres
  FROM videos video
  JOIN users owner ON owner.id = video.owner_id
  JOIN video_stats stats ON stats.video_id = video.id
  LEFT JOIN series ON series.id = video.series_id
  WHERE video.id = ANY($1::uuid[])`;

/** Of all that is kept; a video is a thousand bytes and its description. */
const MOST_BYTES = 32 * 1024 ** 2;

interface Known {
  video: ShownVideo;
  /** Of the catalogue. */
  generation: string;
}

interface ShownRow extends Omit<ShownVideo, 'series' | 'createdAt' | 'updatedAt'> {
  createdAt: Date;
  updatedAt: Date;
  seriesId: string | null;
  seriesTitle: string | null;
  seasonNumber: number | null;
  episodeNumber: number | null;
}

/** What answers say of videos that were found. */
@Injectable()
export class ShownVideosRepository {
  private readonly shown: PreparedStatement<ShownRow>;
  private readonly videos = batched((ids: readonly string[]) => this.findAll(ids));
  private readonly known = new LRUCache<string, Known>({
    maxSize: MOST_BYTES,
    sizeCalculation: ({ video: { description } }) => 1000 + description.length,
    perf: Date,
  });

  constructor(database: DataSource) {
    this.shown = new PreparedStatement(database, SHOWN);
  }

  /**
   * In the order of their ids; one that is gone meanwhile is left out.
   *
   * @param generation of the catalogue, when the request came
   */
  async find(ids: readonly string[], generation: string): Promise<ShownVideo[]> {
    const known = ids.map((id) => this.kept(id, generation));
    const missing = ids.filter((_, at) => known[at] === undefined);
    const loaded = await this.load(missing, generation);
    return ids.flatMap((id, at) => known[at] ?? loaded.get(id) ?? []);
  }

  private kept(id: string, generation: string): ShownVideo | undefined {
    const known = this.known.get(id);
    return known?.generation === generation ? known.video : undefined;
  }

  private async load(ids: readonly string[], generation: string): Promise<Map<string, ShownVideo>> {
    const videos = await Promise.all(ids.map(async (id) => this.videos.load(id)));
    const found = videos.filter((video) => video !== undefined);
    for (const video of found) {
      const seconds = freshFor(JSON.stringify(video), KEPT_SECONDS.lists);
      this.known.set(video.id, { video, generation }, { ttl: seconds * 1000 });
    }
    return new Map(found.map((video) => [video.id, video]));
  }

  private async findAll(ids: readonly string[]): Promise<Map<string, ShownVideo>> {
    const rows = await this.shown.rows([ids]);
    return new Map(rows.map((row) => [row.id, toShown(row)]));
  }
}

function toShown(row: ShownRow): ShownVideo {
  return {
    id: row.id,
    number: row.number,
    ownerId: row.ownerId,
    ownerName: row.ownerName,
    title: row.title,
    description: row.description,
    language: row.language,
    tags: row.tags,
    visibility: row.visibility,
    status: row.status,
    playable: row.playable,
    progressPercent: row.progressPercent,
    durationSeconds: row.durationSeconds,
    genres: row.genres,
    thumbnailKey: row.thumbnailKey,
    posterKey: row.posterKey,
    previewKey: row.previewKey,
    views: row.views,
    likes: row.likes,
    rating: row.rating,
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
