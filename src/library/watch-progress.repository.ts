import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { mayViewSql } from '../catalogue/video-access.js';
import type { Viewer } from '../common/access.js';
import { WatchProgress } from './watch-progress.entity.js';
import type { Page } from './library.dto.js';
import { pageOf, withShownVideos } from './shown-videos.js';
import type { LastReport, Viewing } from './views/viewing.js';

/** A film that somebody reports on, and what they have reported before. */
export interface Reported {
  durationSeconds: number | null;
  playable: boolean;
  before: LastReport | undefined;
}

/** All SQL about what people have watched. */
@Injectable()
export class WatchProgressRepository {
  constructor(
    @InjectRepository(WatchProgress) private readonly progress: Repository<WatchProgress>,
    private readonly database: DataSource,
  ) {}

  /** Undefined where the viewer may not know of the video. */
  async findReported({ id, role }: Viewer, videoId: string): Promise<Reported | undefined> {
    const [row] = await this.database.query<ReportedRow[]>(
      `SELECT video.duration_seconds, video.playable, progress.position_seconds,
         progress.viewing_seconds, progress.is_viewed,
         extract(epoch FROM now() - progress.watched_at)::double precision AS seconds_ago
       FROM videos video
       LEFT JOIN watch_progress progress ON progress.video_id = video.id AND progress.user_id = $1
       WHERE video.id = $3 AND ${mayViewSql('video', { id: '$1::uuid', role: '$2::text' })}`,
      [id, role, videoId],
    );
    return row && toReported(row);
  }

  /** Keeps a report and returns when that was; undefined where the video has gone meanwhile. */
  async keep(
    userId: string,
    videoId: string,
    positionSeconds: number,
    { seconds, isViewed }: Viewing,
  ): Promise<Date | undefined> {
    const [row] = await this.database.query<{ watched_at: Date }[]>(
      `INSERT INTO watch_progress (user_id, video_id, position_seconds, viewing_seconds, is_viewed)
       SELECT $1, id, $3, $4, $5 FROM videos WHERE id = $2
       ON CONFLICT (user_id, video_id) DO UPDATE SET watched_at = now(), is_dismissed = false,
         position_seconds = excluded.position_seconds,
         viewing_seconds = excluded.viewing_seconds, is_viewed = excluded.is_viewed
       RETURNING watched_at`,
      [userId, videoId, positionSeconds, seconds, isViewed],
    );
    return row?.watched_at;
  }

  async find(userId: string, videoId: string): Promise<WatchProgress | null> {
    return this.progress.findOneBy({ userId, videoId });
  }

  /** All of it, the last watched first, also of videos that are not shown any more. */
  async findAllOf(userId: string): Promise<WatchProgress[]> {
    return this.progress.find({ where: { userId }, order: { watchedAt: 'DESC', videoId: 'ASC' } });
  }

  async findWatched(viewer: Viewer, page: Page): Promise<[WatchProgress[], number]> {
    const select = withShownVideos(this.progress.createQueryBuilder('progress'), 'progress', viewer)
      .orderBy('progress.watchedAt', 'DESC')
      .addOrderBy('progress.videoId', 'ASC');
    return pageOf(select, page);
  }

  async forget(userId: string, videoId: string): Promise<void> {
    await this.progress.delete({ userId, videoId });
  }

  async forgetAll(userId: string): Promise<void> {
    await this.progress.delete({ userId });
  }
}

interface ReportedRow {
  duration_seconds: number | null;
  playable: boolean;
  position_seconds: number | null;
  viewing_seconds: number | null;
  is_viewed: boolean | null;
  seconds_ago: number | null;
}

function toReported(row: ReportedRow): Reported {
  const { duration_seconds: durationSeconds, playable, position_seconds: positionSeconds } = row;
  if (positionSeconds === null) return { durationSeconds, playable, before: undefined };
  const viewing = { seconds: row.viewing_seconds ?? 0, isViewed: row.is_viewed ?? false };
  const before = { positionSeconds, secondsAgo: row.seconds_ago ?? 0, viewing };
  return { durationSeconds, playable, before };
}
