import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import { joinShown } from '../catalogue/shown-video.js';
import { mayViewSql } from '../catalogue/video-access.js';
import type { Viewer } from '../common/access.js';
import type { Page } from './library.dto.js';
import { ListEntry } from './list-entry.entity.js';

/** All SQL about people's lists. */
@Injectable()
export class ListEntriesRepository {
  constructor(
    @InjectRepository(ListEntry) private readonly entries: Repository<ListEntry>,
    private readonly database: DataSource,
  ) {}

  /** False where the viewer may not know of the video; one that is there stays at its place. */
  async add({ id, role }: Viewer, videoId: string): Promise<boolean> {
    const rows = await this.database.query<unknown[]>(
      `WITH video AS (
        SELECT id FROM videos video
        WHERE id = $3 AND ${mayViewSql('video', { id: '$1::uuid', role: '$2::text' })}
      ), added AS (
        INSERT INTO list_entries (user_id, video_id) SELECT $1, id FROM video ON CONFLICT DO NOTHING
      )
      SELECT 1 FROM video`,
      [id, role, videoId],
    );
    return rows.length > 0;
  }

  async remove(userId: string, videoId: string): Promise<void> {
    await this.entries.delete({ userId, videoId });
  }

  /** All of it, the last added first, also videos that are not shown any more. */
  async findAllOf(userId: string): Promise<ListEntry[]> {
    return this.entries.find({ where: { userId }, order: { addedAt: 'DESC', videoId: 'ASC' } });
  }

  async findPage(
    { id, role }: Viewer,
    { page, page_size: size }: Page,
  ): Promise<[ListEntry[], number]> {
    const entries = this.entries
      .createQueryBuilder('entry')
      .innerJoinAndSelect('entry.video', 'video');
    return joinShown(entries, 'video')
      .where('entry.userId = :id', { id })
      .andWhere(mayViewSql('video', { id: ':id', role: ':role' }), { role })
      .orderBy('entry.addedAt', 'DESC')
      .addOrderBy('entry.videoId', 'ASC')
      .skip((page - 1) * size)
      .take(size)
      .getManyAndCount();
  }
}
