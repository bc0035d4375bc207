import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { joinShown } from '../catalogue/shown-video.js';
import { mayViewSql } from '../catalogue/video-access.js';
import type { Viewer } from '../common/access.js';
import type { Page } from './library.dto.js';

/**
 * Brings the videos of somebody's own rows along, without those that the viewer may not know of any more.
 *
 * @param rows alias of the rows, which have a `userId` and a `video`
 */
export function withShownVideos<T extends ObjectLiteral>(
  select: SelectQueryBuilder<T>,
  rows: string,
  { id, role }: Viewer,
): SelectQueryBuilder<T> {
  return joinShown(select.innerJoinAndSelect(`${rows}.video`, 'video'), 'video')
    .where(`${rows}.userId = :id`, { id })
    .andWhere(mayViewSql('video', { id: ':id', role: ':role' }), { role });
}

/** One page of rows, and how many there are on all. */
export async function pageOf<T extends ObjectLiteral>(
  select: SelectQueryBuilder<T>,
  { page, page_size: size }: Page,
): Promise<[T[], number]> {
  return select
    .skip((page - 1) * size)
    .take(size)
    .getManyAndCount();
}

/**
 * SQL that writes something about the video `$3` for the viewer `$1` with the role `$2`, and returns a row,
 * where they may know of it; nothing otherwise.
 *
 * @param write a statement that selects from `video`, which has its `id`
 */
export function aboutVisibleVideo(write: string): string {
  return `WITH video AS (
      SELECT id FROM videos video
      WHERE id = $3 AND ${mayViewSql('video', { id: '$1::uuid', role: '$2::text' })}
    ), written AS (${write})
    SELECT 1 FROM video`;
}
