import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, In, IsNull, MoreThan, Not, Repository, type DeepPartial } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { Genre } from './genre.entity.js';
import { Revision } from './revision.entity.js';
import { SHOWN_RELATIONS } from './shown-video.js';
import { ENTERED_FROM, type VideoStatus } from './video-status.js';
import { Video, type Stage } from './video.entity.js';

export interface GenreCount {
  slug: string;
  name: string;
  videoCount: number;
}

/** All SQL about videos and genres. */
@Injectable()
export class VideosRepository {
  constructor(
    @InjectRepository(Video) private readonly videos: Repository<Video>,
    @InjectRepository(Genre) private readonly genres: Repository<Genre>,
    private readonly database: DataSource,
  ) {}

  /** Adds a video and its first revision, both or neither. */
  async insert(
    video: DeepPartial<Video>,
    revision: Pick<Revision, 'id' | 'videoId'>,
  ): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.save(Video, video);
      await transaction.insert(Revision, revision);
    });
  }

  async findById(id: string): Promise<Video | null> {
    return this.videos.findOne({ where: { id }, relations: SHOWN_RELATIONS });
  }

  async findBySourceKey(sourceKey: string): Promise<Video | null> {
    return this.videos.findOneBy({ sourceKey });
  }

  async findByOwnerAndHash(ownerId: string, sourceSha256: string): Promise<Video | null> {
    return this.videos.findOneBy({
      ownerId,
      sourceSha256,
      status: In(['pending', 'processing', 'ready']),
    });
  }

  /**
   * The first that was made of a source, also when it was deleted since.
   *
   * @param id of a video that is known to be made of it, though it may need it no longer
   */
  async findBySource(ownerId: string, sourceKey: string, id: string | null): Promise<Video | null> {
    const bySource = { ownerId, sourceKey };
    return this.videos.findOne({
      where: id === null ? bySource : [bySource, { ownerId, id }],
      relations: SHOWN_RELATIONS,
      order: { createdAt: 'ASC' },
      withDeleted: true,
    });
  }

  async existsByFilename(ownerId: string, originalFilename: string): Promise<boolean> {
    return this.videos.existsBy({ ownerId, originalFilename });
  }

  /** Every video of an owner, deleted ones too, oldest first. */
  async findAllOf(ownerId: string): Promise<Video[]> {
    return this.videos.find({
      where: { ownerId },
      relations: { genres: true },
      order: { createdAt: 'ASC', id: 'ASC' },
      withDeleted: true,
    });
  }

  /** Of every video of an owner, deleted ones too. */
  async findIdsOf(ownerId: string): Promise<string[]> {
    const videos = await this.videos.find({
      select: { id: true },
      where: { ownerId },
      withDeleted: true,
    });
    return videos.map(({ id }) => id);
  }

  async withdrawAllOf(ownerId: string): Promise<void> {
    const open = { ownerId, status: In([...ENTERED_FROM.cancelled]) };
    await this.videos.update(open, { status: 'cancelled' });
    await this.videos.softDelete({ ownerId, deletedAt: IsNull() });
  }

  /** Whether a cancelled video of an owner has changed since a moment. */
  async existsCancelled(ownerId: string, since: Date): Promise<boolean> {
    const where = { ownerId, status: 'cancelled', updatedAt: MoreThan(since) } as const;
    return this.videos.exists({ where, withDeleted: true });
  }

  /** In the order of the ids; without those that are gone. */
  async findByIds(ids: readonly string[]): Promise<Video[]> {
    const videos = await this.videos.find({ where: { id: In(ids) }, relations: SHOWN_RELATIONS });
    const byId = new Map(videos.map((video) => [video.id, video]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  async findGenres(slugs: readonly string[]): Promise<Genre[]> {
    return slugs.length === 0 ? [] : this.genres.findBy({ slug: In(slugs) });
  }

  async upsertGenres(genres: readonly { slug: string; name: string }[]): Promise<void> {
    await this.genres.upsert([...genres], ['slug']);
  }

  /** Every genre with the number of its public videos. */
  async countByGenre(): Promise<GenreCount[]> {
    return this.database.query<GenreCount[]>(`
      SELECT genre.slug, genre.name, count(video.id)::integer AS "videoCount"
      FROM genres genre
      LEFT JOIN video_genres link ON link.genre_id = genre.id
      LEFT JOIN videos video ON video.id = link.video_id AND video.deleted_at IS NULL
        AND video.visibility = 'PUBLIC' AND video.status NOT IN ('failed', 'cancelled')
      GROUP BY genre.id
      ORDER BY genre.name`);
  }

  /** @param genres all that it has from now on, where they change too */
  async change(
    id: string,
    changes: QueryDeepPartialEntity<Video>,
    genres?: readonly Genre[],
  ): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.update(Video, id, { ...changes, updatedAt: () => 'now()' });
      if (!genres) return;
      await transaction.query('DELETE FROM video_genres WHERE video_id = $1', [id]);
      await transaction.query(
        'INSERT INTO video_genres (video_id, genre_id) SELECT $1, unnest($2::uuid[])',
        [id, genres.map((genre) => genre.id)],
      );
    });
  }

  async update(id: string, changes: QueryDeepPartialEntity<Video>): Promise<void> {
    await this.videos.update(id, changes);
  }

  /** Changes the status when the transition is allowed; false when the video was in another state. */
  async enter(
    id: string,
    status: VideoStatus,
    changes: QueryDeepPartialEntity<Video> = {},
  ): Promise<boolean> {
    const from = { id, status: In([...ENTERED_FROM[status]]) };
    const { affected } = await this.videos.update(from, { ...changes, status });
    return affected === 1;
  }

  /** Shows a stage of what is being processed and a percentage, which never goes back. */
  async advanceProgress(id: string, stage: Stage, percent: number): Promise<void> {
    await this.videos
      .createQueryBuilder()
      .update()
      .set({
        progressStage: stage,
        progressPercent: () => 'greatest(progress_percent, :percent)',
        expectedReadyAt: null,
      })
      .where(`id = :id AND status = 'processing'`, { id })
      .setParameters({ percent })
      .execute();
  }

  async softDelete(id: string): Promise<void> {
    await this.videos.softDelete(id);
  }

  /** Videos whose processing has not moved for a while, those that a transcoder has left aside. */
  async findStalled(since: Date): Promise<Video[]> {
    return this.videos
      .createQueryBuilder('video')
      .where('video.status IN (:...statuses)', { statuses: ['pending', 'processing'] })
      .andWhere('video.updatedAt < :since', { since })
      .andWhere(
        `NOT EXISTS (SELECT 1 FROM revisions WHERE video_id = video.id
          AND status = 'building' AND made_by = 'transcoder')`,
      )
      .orderBy('video.updatedAt')
      .limit(100)
      .getMany();
  }

  /** Some that are complete and whose sources are still there, deleted ones too, in the order of ids. */
  async findSpent(afterId: string | undefined): Promise<Video[]> {
    return this.videos.find({
      where: {
        sourceSpent: true,
        sourceKey: Not(IsNull()),
        ...(afterId === undefined ? {} : { id: MoreThan(afterId) }),
      },
      order: { id: 'ASC' },
      take: 100,
      withDeleted: true,
    });
  }

  /** The catalogue has changed: what is kept of it is out of date. */
  async bumpGeneration(): Promise<void> {
    await this.database.query("SELECT nextval('catalogue_generation')");
  }
}
