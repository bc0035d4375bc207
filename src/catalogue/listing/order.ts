import type { VideoListQuery, SortKey } from './listing.dto.js';

/** An order of videos: by `key`, and among equals by `id`. No key is ever null, so that two can be compared. */
export interface Order {
  key: string;
  id: string;
  /** SQL type of the key. */
  type: 'timestamptz' | 'text' | 'double precision' | 'bigint' | 'integer';
  direction: 'ASC' | 'DESC';
}

/** Aliases: `video`, `stats` of its counters, `link` to the genre that is asked for. */
export function orderOf(sortBy: Exclude<SortKey, 'relevance'>, query: VideoListQuery): Order {
  const direction = query.sort_order === 'asc' ? 'ASC' : 'DESC';
  // What is not known comes last, in either direction.
  const unknown = direction === 'ASC' ? 'Infinity' : '-Infinity';
  const byVideo = { id: 'video.id', direction } as const;
  const byStats = { id: 'stats.video_id', direction } as const;
  switch (sortBy) {
    case 'created_at':
      // The newest of a genre in a language are found along the index of the language.
      if (query.genre === undefined || query.language !== undefined) {
        return { ...byVideo, key: 'video.created_at', type: 'timestamptz' };
      }
      return { id: 'link.video_id', direction, key: 'link.video_created_at', type: 'timestamptz' };
    case 'updated_at':
      return { ...byVideo, key: 'video.updated_at', type: 'timestamptz' };
    case 'title':
      return { ...byVideo, key: 'lower(video.title)', type: 'text' };
    case 'duration': {
      const key = `coalesce(video.duration_seconds, '${unknown}')`;
      return { ...byVideo, key, type: 'double precision' };
    }
    case 'views':
      return { ...byStats, key: 'stats.views', type: 'bigint' };
    case 'rating': {
      const key = `coalesce(stats.rating, '${unknown}')`;
      return { ...byStats, key, type: 'double precision' };
    }
  }
}

export function orderBySql({ key, id, direction }: Order): string {
  return `ORDER BY ${key} ${direction}, ${id} ${direction}`;
}

/** SQL condition: behind a place in the order. */
export function behindSql(
  { key, id, type, direction }: Order,
  place: Place,
  parameter: (value: unknown) => string,
): string {
  const than = direction === 'ASC' ? '>' : '<';
  return `(${key}, ${id}) ${than} (${parameter(place.key)}::${type}, ${parameter(place.id)}::uuid)`;
}

/** Where a page ended: the last video and its key, as text. */
export interface Place {
  key: string;
  id: string;
}
