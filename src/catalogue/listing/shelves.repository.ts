import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Video } from '../video.entity.js';
import { listedSql } from './filter.js';

/** Of the videos that share a tag or a genre with another, so many of each kind are compared with it. */
const COMPARED = 50;

/** A genre and some of its videos. */
export interface GenreShelf {
  slug: string;
  name: string;
  ids: string[];
}

/** SQL of short lists of what everybody finds: the ids, in their order. */
@Injectable()
export class ShelvesRepository {
  constructor(private readonly database: DataSource) {}

  async findNewest(count: number, exceptId?: string): Promise<string[]> {
    return this.find(
      `SELECT video.id FROM videos video
       WHERE ${listedSql('video')} AND ($2::uuid IS NULL OR video.id <> $2)
       ORDER BY video.created_at DESC, video.id DESC LIMIT $1`,
      [count, exceptId ?? null],
    );
  }

  /** Every genre that has videos, by name, with its newest. */
  async findNewestByGenre(count: number): Promise<GenreShelf[]> {
    const rows = await this.database.query<{ id: string; slug: string; name: string }[]>(
      `SELECT newest.id, genre.slug, genre.name FROM genres genre CROSS JOIN LATERAL (
        SELECT video.id, video.created_at
        FROM video_genres link JOIN videos video ON video.id = link.video_id
        WHERE link.genre_id = genre.id AND ${listedSql('video')}
        ORDER BY link.video_created_at DESC, link.video_id DESC LIMIT $1) newest
       ORDER BY genre.name, genre.slug, newest.created_at DESC, newest.id DESC`,
      [count],
    );
    const shelves = new Map<string, GenreShelf>();
    for (const { id, slug, name } of rows) {
      const shelf = shelves.get(slug) ?? { slug, name, ids: [] };
      shelf.ids.push(id);
      shelves.set(slug, shelf);
    }
    return [...shelves.values()];
  }

  /** What is watched of late, then what has been watched most, then the newest. */
  async findTrending(count: number): Promise<string[]> {
    const best = (condition: string, order: string) =>
      `(SELECT video.id, video.created_at, stats.trend, stats.views FROM video_stats stats
        JOIN videos video ON video.id = stats.video_id
        WHERE ${condition} AND ${listedSql('video')} ORDER BY ${order} LIMIT $1)`;
    const newest = `(SELECT video.id, video.created_at, stats.trend, stats.views FROM (
        SELECT video.id, video.created_at FROM videos video
        WHERE ${listedSql('video')} ORDER BY video.created_at DESC, video.id DESC LIMIT $1
      ) video JOIN video_stats stats ON stats.video_id = video.id)`;
    return this.find(
      `SELECT id FROM (
        ${best('stats.trend > 0', 'stats.trend DESC, stats.views DESC, stats.video_id DESC')}
        UNION ${best('stats.views > 0', 'stats.views DESC, stats.video_id DESC')}
        UNION ${newest}
       ) found ORDER BY trend DESC, views DESC, created_at DESC, id DESC LIMIT $1`,
      [count],
    );
  }

  /**
   * Other videos, the most alike first: of the same series, then those with more of the same tags and genres; among
   * equals, the newest.
   */
  async findRelated(
    { id, seriesId, tags }: Pick<Video, 'id' | 'seriesId' | 'tags'>,
    count: number,
  ) {
    const newestOf = (from: string, order: string) =>
      `(SELECT video.id, video.created_at FROM ${from} AND video.id <> $1 AND ${listedSql('video')}
        ORDER BY ${order} LIMIT ${COMPARED})`;
    return this.find(
      `SELECT id FROM (SELECT video.id, video.created_at,
          (video.series_id IS NOT DISTINCT FROM $3 AND $3 IS NOT NULL)::integer AS in_series,
          2 * (SELECT count(*) FROM unnest(video.tags) tag WHERE tag = ANY($4::text[])) + (
            SELECT count(*) FROM video_genres theirs JOIN video_genres own USING (genre_id)
            WHERE theirs.video_id = video.id AND own.video_id = $1) AS shared
        FROM (
          ${newestOf('videos video WHERE video.series_id = $3::uuid', 'video.created_at DESC, video.id DESC')}
          UNION ${newestOf('videos video WHERE video.tags && $4::text[]', 'video.created_at DESC, video.id DESC')}
          UNION SELECT same.* FROM video_genres own CROSS JOIN LATERAL ${newestOf(
            `video_genres link JOIN videos video ON video.id = link.video_id
              WHERE link.genre_id = own.genre_id`,
            'link.video_created_at DESC, link.video_id DESC',
          )} same WHERE own.video_id = $1
        ) alike JOIN videos video ON video.id = alike.id
       ) found ORDER BY in_series DESC, shared DESC, created_at DESC, id DESC LIMIT $2`,
      [id, count, seriesId, tags],
    );
  }

  /** @param sql SELECT of their ids, in their order */
  private async find(sql: string, values: unknown[]): Promise<string[]> {
    const rows = await this.database.query<{ id: string }[]>(sql, values);
    return rows.map(({ id }) => id);
  }
}
