import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { Viewer } from '../../common/access.js';
import { Video } from '../video.entity.js';
import { findsEpisodeSql, nextEpisodeSql } from './episodes.js';
import type { NewSeries, SeriesChanges, SeriesListQuery } from './series.dto.js';
import { Series } from './series.entity.js';

type Who = Pick<Viewer, 'id' | 'role'>;

const WHO = { id: '$1::uuid', role: '$2::text' };
/** Of one series, no more are shown. */
const MAXIMUM_EPISODES = 2000;

/** Somebody knows of a series that is theirs, or in which they find an episode. */
const KNOWS = `(series.owner_id = ${WHO.id} OR ${WHO.role} <> 'viewer' OR EXISTS (
  SELECT 1 FROM videos video
  WHERE video.series_id = series.id AND ${findsEpisodeSql('video', WHO)}))`;

/** All SQL about series and their episodes. */
@Injectable()
export class SeriesRepository {
  constructor(private readonly database: DataSource) {}

  async insert(series: NewSeries & Pick<Series, 'id' | 'ownerId'>): Promise<void> {
    await this.database.manager.insert(Series, series);
  }

  /** What is undefined stays as it is. */
  async update(id: string, { title, description }: SeriesChanges): Promise<void> {
    await this.database.query(
      `UPDATE series SET title = coalesce($2, title), description = coalesce($3, description),
        updated_at = now() WHERE id = $1`,
      [id, title, description],
    );
  }

  /** Its videos stay, and are episodes no longer. */
  async delete(id: string): Promise<void> {
    await this.database.transaction(async (transaction) => {
      const none = { seriesId: null, seasonNumber: null, episodeNumber: null };
      await transaction.update(Video, { seriesId: id }, none);
      await transaction.delete(Series, id);
    });
  }

  /** Null where there is none that the viewer knows of. */
  async findKnown(id: string, viewer: Who): Promise<Series | null> {
    const rows = await this.database.query<unknown[]>(
      `SELECT 1 FROM series WHERE id = $3 AND ${KNOWS}`,
      [viewer.id, viewer.role, id],
    );
    return rows.length === 0 ? null : this.database.manager.findOneBy(Series, { id });
  }

  async findPage(viewer: Who, { page, page_size: size }: SeriesListQuery) {
    const rows = await this.database.query<Series[]>(
      `SELECT id, owner_id AS "ownerId", title, description, created_at AS "createdAt",
        updated_at AS "updatedAt"
       FROM series WHERE ${KNOWS} ORDER BY lower(title), id LIMIT $3 OFFSET $4`,
      [viewer.id, viewer.role, size, (page - 1) * size],
    );
    const [counted] = await this.database.query<{ count: number }[]>(
      `SELECT count(*)::integer AS count FROM series WHERE ${KNOWS}`,
      [viewer.id, viewer.role],
    );
    return [rows, counted?.count ?? 0] as const;
  }

  async findAllOf(ownerId: string): Promise<Series[]> {
    return this.database.manager.find(Series, {
      where: { ownerId },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** Ids of those that the viewer finds, in their order. */
  async findEpisodes(seriesId: string, viewer: Who): Promise<string[]> {
    const rows = await this.database.query<{ id: string }[]>(
      `SELECT video.id FROM videos video
       WHERE video.series_id = $3 AND ${findsEpisodeSql('video', WHO)}
       ORDER BY video.season_number, video.episode_number, video.id LIMIT ${MAXIMUM_EPISODES}`,
      [viewer.id, viewer.role, seriesId],
    );
    return rows.map(({ id }) => id);
  }

  /** The number after the last one of a season. */
  async nextNumber(seriesId: string, seasonNumber: number): Promise<number> {
    const [last] = await this.database.query<{ number: number | null }[]>(
      `SELECT max(episode_number) AS number FROM videos
       WHERE series_id = $1 AND season_number = $2 AND deleted_at IS NULL`,
      [seriesId, seasonNumber],
    );
    return (last?.number ?? 0) + 1;
  }

  /** Its id; null where the viewer finds none. */
  async findNextEpisode(videoId: string, viewer: Who): Promise<string | null> {
    const [row] = await this.database.query<{ next: string | null }[]>(
      `SELECT ${nextEpisodeSql('video', WHO)} AS next FROM videos video WHERE video.id = $3`,
      [viewer.id, viewer.role, videoId],
    );
    return row?.next ?? null;
  }
}
