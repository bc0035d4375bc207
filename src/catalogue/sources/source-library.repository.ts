import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository, type SelectQueryBuilder } from 'typeorm';
import { Video } from '../video.entity.js';
import type { SourceListQuery } from './source-library.dto.js';

const SORT_COLUMNS = {
  created_at: 'video.createdAt',
  updated_at: 'video.updatedAt',
  filename: 'video.sourceName',
  original_filename: 'video.originalFilename',
  file_size: 'video.sourceSizeBytes',
  duration: 'video.durationSeconds',
} as const satisfies Record<SourceListQuery['sort_by'], string>;

/** SQL about the videos that one owner has uploaded and whose sources are there. */
@Injectable()
export class SourceLibraryRepository {
  constructor(@InjectRepository(Video) private readonly videos: Repository<Video>) {}

  async findPage(ownerId: string, query: SourceListQuery): Promise<[Video[], number]> {
    const order = query.sort_order === 'asc' ? 'ASC' : 'DESC';
    // Where nothing can be null, the order is the index's own.
    const nulls = query.sort_by === 'duration' ? 'NULLS LAST' : undefined;
    return this.searched(ownerId, query.search)
      .orderBy(SORT_COLUMNS[query.sort_by], order, nulls)
      .addOrderBy('video.id', order)
      .offset((query.page - 1) * query.page_size)
      .limit(query.page_size)
      .getManyAndCount();
  }

  async findRecent(ownerId: string, limit: number): Promise<Video[]> {
    return this.uploadsOf(ownerId)
      .orderBy('video.createdAt', 'DESC')
      .addOrderBy('video.id', 'DESC')
      .limit(limit)
      .getMany();
  }

  async findByKey(ownerId: string, key: string): Promise<Video | null> {
    return this.uploadsOf(ownerId).andWhere('video.sourceKey = :key', { key }).getOne();
  }

  async existsById(ownerId: string, id: string): Promise<boolean> {
    return this.uploadsOf(ownerId).andWhere('video.id = :id', { id }).getExists();
  }

  private searched(ownerId: string, search: string | undefined): SelectQueryBuilder<Video> {
    const uploads = this.uploadsOf(ownerId);
    if (!search) return uploads;
    const pattern = `%${search.replace(/[\\%_]/g, '\\$&')}%`;
    return uploads.andWhere(
      '(video.sourceName ILIKE :pattern OR video.originalFilename ILIKE :pattern)',
      { pattern },
    );
  }

  /** Without what was made of them: so each key is there once. */
  private uploadsOf(ownerId: string): SelectQueryBuilder<Video> {
    return this.videos
      .createQueryBuilder('video')
      .where('video.ownerId = :ownerId', { ownerId })
      .andWhere('video.sourceVideoId IS NULL AND video.sourceKey IS NOT NULL');
  }
}
