import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository, type SelectQueryBuilder } from 'typeorm';
import { joinShown } from '../catalogue/shown-video.js';
import { mayViewSql } from '../catalogue/video-access.js';
import type { Viewer } from '../common/access.js';
import { BEGUN_SECONDS, BEGUN_SHARE, FINISHED_SHARE } from './watching.js';
import { WatchProgress } from './watch-progress.entity.js';
import type { Page } from './library.dto.js';

/** How far somebody is, in a film of that length. */
export interface Position {
  positionSeconds: number;
  durationSeconds: number | null;
  watchedAt: Date;
}

// Whatever is compared with a length that nobody knows yet is not true.
const CONTINUED = `NOT progress.isDismissed AND video.playable
  AND progress.positionSeconds >= least(${BEGUN_SECONDS}, ${BEGUN_SHARE} * video.durationSeconds)
  AND (progress.positionSeconds < ${FINISHED_SHARE} * video.durationSeconds) IS NOT FALSE`;

/** All SQL about what people have watched. */
@Injectable()
export class WatchProgressRepository {
  constructor(
    @InjectRepository(WatchProgress) private readonly progress: Repository<WatchProgress>,
    private readonly database: DataSource,
  ) {}

  /** Undefined where the viewer may not know of the video. */
  async keep(
    { id, role }: Viewer,
    videoId: string,
    positionSeconds: number,
  ): Promise<Position | undefined> {
    const [position] = await this.database.query<Position[]>(
      `WITH video AS (
        SELECT id, duration_seconds FROM videos video
        WHERE id = $3 AND ${mayViewSql('video', { id: '$1::uuid', role: '$2::text' })}
      ), kept AS (
        INSERT INTO watch_progress (user_id, video_id, position_seconds)
        SELECT $1, id, least($4::double precision, duration_seconds) FROM video
        ON CONFLICT (user_id, video_id) DO UPDATE SET watched_at = now(), is_dismissed = false,
          position_seconds = excluded.position_seconds
        RETURNING position_seconds, watched_at
      )
      SELECT position_seconds AS "positionSeconds", duration_seconds AS "durationSeconds",
        watched_at AS "watchedAt"
      FROM kept, video`,
      [id, role, videoId, positionSeconds],
    );
    return position;
  }

  async find(userId: string, videoId: string): Promise<WatchProgress | null> {
    return this.progress.findOneBy({ userId, videoId });
  }

  /** All of it, the last watched first, also of videos that are not shown any more. */
  async findAllOf(userId: string): Promise<WatchProgress[]> {
    return this.progress.find({ where: { userId }, order: { watchedAt: 'DESC', videoId: 'ASC' } });
  }

  async findWatched(viewer: Viewer, page: Page): Promise<[WatchProgress[], number]> {
    return paged(this.watchedBy(viewer), page).getManyAndCount();
  }

  /** Films that were begun and not finished. */
  async findContinued(viewer: Viewer, page: Page): Promise<[WatchProgress[], number]> {
    return paged(this.watchedBy(viewer).andWhere(CONTINUED), page).getManyAndCount();
  }

  async dismiss(userId: string, videoId: string): Promise<void> {
    await this.progress.update({ userId, videoId }, { isDismissed: true });
  }

  async forget(userId: string, videoId: string): Promise<void> {
    await this.progress.delete({ userId, videoId });
  }

  async forgetAll(userId: string): Promise<void> {
    await this.progress.delete({ userId });
  }

  private watchedBy({ id, role }: Viewer): SelectQueryBuilder<WatchProgress> {
    const entries = this.progress
      .createQueryBuilder('progress')
      .innerJoinAndSelect('progress.video', 'video');
    return joinShown(entries, 'video')
      .where('progress.userId = :id', { id })
      .andWhere(mayViewSql('video', { id: ':id', role: ':role' }), { role })
      .orderBy('progress.watchedAt', 'DESC')
      .addOrderBy('progress.videoId', 'ASC');
  }
}

function paged<T extends object>(select: SelectQueryBuilder<T>, { page, page_size: size }: Page) {
  return select.skip((page - 1) * size).take(size);
}
