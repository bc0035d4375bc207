import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Any, DataSource, IsNull, Repository } from 'typeorm';
import { Subtitle } from './subtitle.entity.js';

/** All SQL about subtitles. */
@Injectable()
export class SubtitlesRepository {
  constructor(
    @InjectRepository(Subtitle) private readonly subtitles: Repository<Subtitle>,
    private readonly database: DataSource,
  ) {}

  /** Those of one revision in the order of their source, then the uploaded ones by age. */
  async findShown(videoId: string, revisionId: string | null): Promise<Subtitle[]> {
    const uploaded = { videoId, revisionId: IsNull() };
    return this.subtitles.find({
      where: revisionId === null ? uploaded : [{ videoId, revisionId }, uploaded],
      order: { revisionId: { direction: 'ASC', nulls: 'LAST' }, position: 'ASC', createdAt: 'ASC' },
    });
  }

  async findOfVideo(id: string, videoId: string): Promise<Subtitle | null> {
    return this.subtitles.findOneBy({ id, videoId });
  }

  /** One that was uploaded for a video of this owner. */
  async findUploadedTo(ownerId: string, id: string): Promise<Subtitle | null> {
    return this.subtitles
      .createQueryBuilder('subtitle')
      .where('subtitle.id = :id AND subtitle.revisionId IS NULL', { id })
      .andWhere(
        `EXISTS (SELECT 1 FROM videos video WHERE video.id = subtitle.video_id
          AND video.owner_id = :ownerId AND video.deleted_at IS NULL)`,
        { ownerId },
      )
      .getOne();
  }

  /** All there are, the oldest first. */
  async findOfVideos(videoIds: readonly string[]): Promise<Subtitle[]> {
    return this.subtitles.find({
      where: { videoId: Any(videoIds) },
      order: { createdAt: 'ASC', position: 'ASC' },
    });
  }

  /** Keeps the tracks of a revision; those of an attempt before go. */
  async replaceEmbedded(revisionId: string, tracks: readonly Partial<Subtitle>[]): Promise<void> {
    await this.database.transaction(async (transaction) => {
      await transaction.delete(Subtitle, { revisionId });
      await transaction.insert(Subtitle, [...tracks]);
    });
  }

  /** Adds an uploaded one in place of another of its language and label, which is returned. */
  async replaceUploaded(
    subtitle: Pick<Subtitle, 'id' | 'videoId' | 'language' | 'label' | 'path'>,
  ): Promise<Subtitle | null> {
    const { videoId, language, label } = subtitle;
    return this.database.transaction(async (transaction) => {
      // Two uploads at the same time come one after the other.
      await transaction.query('SELECT 1 FROM videos WHERE id = $1 FOR UPDATE', [videoId]);
      const same = { videoId, language, label, revisionId: IsNull() };
      const replaced = await transaction.findOneBy(Subtitle, same);
      if (replaced) await transaction.delete(Subtitle, { id: replaced.id });
      await transaction.insert(Subtitle, subtitle);
      return replaced;
    });
  }

  async delete(id: string): Promise<void> {
    await this.subtitles.delete(id);
  }
}
