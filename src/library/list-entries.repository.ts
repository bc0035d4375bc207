import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { DataSource, Repository } from 'typeorm';
import type { Viewer } from '../common/access.js';
import type { Page } from './library.dto.js';
import { ListEntry } from './list-entry.entity.js';
import { aboutVisibleVideo, pageOf, withShownVideos } from './shown-videos.js';

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
      aboutVisibleVideo(`INSERT INTO list_entries (user_id, video_id) SELECT $1, id FROM video
        ON CONFLICT DO NOTHING`),
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

  async findPage(viewer: Viewer, page: Page): Promise<[ListEntry[], number]> {
    const select = withShownVideos(this.entries.createQueryBuilder('entry'), 'entry', viewer)
      .orderBy('entry.addedAt', 'DESC')
      .addOrderBy('entry.videoId', 'ASC');
    return pageOf(select, page);
  }
}
