import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { mayViewSql } from '../catalogue/video-access.js';
import type { Viewer } from '../common/access.js';

/** What one person has to do with one video. */
export interface Mine {
  durationSeconds: number | null;
  liked: boolean;
  stars: number | null;
  inList: boolean;
  positionSeconds: number | null;
  watchedAt: Date | null;
}

/** Reads together what is kept apart about one person and one video. */
@Injectable()
export class MineRepository {
  constructor(private readonly database: DataSource) {}

  /** Undefined where the viewer may not know of the video. */
  async find({ id, role }: Viewer, videoId: string): Promise<Mine | undefined> {
    const [mine] = await this.database.query<Mine[]>(
      `SELECT video.duration_seconds AS "durationSeconds", reaction.liked_at IS NOT NULL AS liked,
         reaction.stars, entry.video_id IS NOT NULL AS "inList",
         progress.position_seconds AS "positionSeconds", progress.watched_at AS "watchedAt"
       FROM videos video
       LEFT JOIN reactions reaction ON reaction.video_id = video.id AND reaction.user_id = $1
       LEFT JOIN list_entries entry ON entry.video_id = video.id AND entry.user_id = $1
       LEFT JOIN watch_progress progress ON progress.video_id = video.id AND progress.user_id = $1
       WHERE video.id = $3 AND ${mayViewSql('video', { id: '$1::uuid', role: '$2::text' })}`,
      [id, role, videoId],
    );
    return mine;
  }
}
