import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, IsNull, Not, Repository } from 'typeorm';
import type { Viewer } from '../../common/access.js';
import type { Page } from '../library.dto.js';
import { aboutVisibleVideo, pageOf, withShownVideos } from '../shown-videos.js';
import { Reaction } from './reaction.entity.js';

/** All SQL about likes and ratings; triggers keep the counts of each video in the same transaction. */
@Injectable()
export class ReactionsRepository {
  constructor(
    @InjectRepository(Reaction) private readonly reactions: Repository<Reaction>,
    private readonly database: DataSource,
  ) {}

  /** False where the viewer may not know of the video; a second like changes nothing. */
  async like({ id, role }: Viewer, videoId: string): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      aboutVisibleVideo(`INSERT INTO reactions (user_id, video_id, liked_at)
        SELECT $1, id, now() FROM video
        ON CONFLICT (user_id, video_id) DO UPDATE SET liked_at = now()
        WHERE reactions.liked_at IS NULL`),
      [id, role, videoId],
    );
    return rows.length > 0;
  }

  /** False where the viewer may not know of the video. */
  async rate({ id, role }: Viewer, videoId: string, stars: number): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      aboutVisibleVideo(`INSERT INTO reactions (user_id, video_id, stars, rated_at)
        SELECT $1, id, $4, now() FROM video
        ON CONFLICT (user_id, video_id) DO UPDATE SET stars = $4, rated_at = now()`),
      [id, role, videoId, stars],
    );
    return rows.length > 0;
  }

  async unlike(userId: string, videoId: string): Promise<void> {
    const ofOne = { userId, videoId };
    await this.reactions.update({ ...ofOne, likedAt: Not(IsNull()) }, { likedAt: null });
    await this.removeEmpty(userId, videoId);
  }

  async unrate(userId: string, videoId: string): Promise<void> {
    const ofOne = { userId, videoId };
    await this.reactions.update({ ...ofOne, stars: Not(IsNull()) }, { stars: null, ratedAt: null });
    await this.removeEmpty(userId, videoId);
  }

  /** What somebody likes, the last liked first. */
  async findLiked(viewer: Viewer, page: Page): Promise<[Reaction[], number]> {
    const select = withShownVideos(
      this.reactions.createQueryBuilder('reaction'),
      'reaction',
      viewer,
    )
      .andWhere('reaction.likedAt IS NOT NULL')
      .orderBy('reaction.likedAt', 'DESC')
      .addOrderBy('reaction.videoId', 'ASC');
    return pageOf(select, page);
  }

  /** All of one person, also about videos that are not shown any more. */
  async findAllOf(userId: string): Promise<Reaction[]> {
    return this.reactions.find({ where: { userId }, order: { videoId: 'ASC' } });
  }

  private async removeEmpty(userId: string, videoId: string): Promise<void> {
    await this.reactions.delete({ userId, videoId, likedAt: IsNull(), stars: IsNull() });
  }
}
