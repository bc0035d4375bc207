import type { VideoListQuery } from './listing.dto.js';
import type { Scope } from './scope.js';

/** SQL condition: everybody finds the video. The same words as in the condition of the indexes. */
export const listedSql = (video: string): string =>
  `${video}.deleted_at IS NULL AND ${video}.visibility = 'PUBLIC'
    AND ${video}.status NOT IN ('failed', 'cancelled')`;

/** What a query asks for beside its search. */
export type Filter = Omit<
  VideoListQuery,
  'page' | 'page_size' | 'cursor' | 'search' | 'sort_by' | 'sort_order' | 'mine'
>;

export function filterOf(query: VideoListQuery): Filter {
  const { genre, tag, series, language, uploaded_by, visibility, status } = query;
  const { uploaded_after, updated_after } = query;
  const filter = { genre, tag, series, language, uploaded_by, visibility, status };
  return { ...filter, uploaded_after, updated_after };
}

/** SQL conditions on `video`, except for the genre, which is joined as `link`. */
export function filterSql(
  scope: Scope,
  filter: Filter,
  parameter: (value: unknown) => string,
): string[] {
  const conditions = scopeSql(scope, parameter);
  const equal = (column: string, value: string | undefined) => {
    if (value !== undefined) conditions.push(`video.${column} = ${parameter(value)}`);
  };
  equal('visibility', filter.visibility);
  equal('status', filter.status);
  equal('language', filter.language);
  equal('owner_id', filter.uploaded_by);
  equal('series_id', filter.series);
  if (filter.tag !== undefined)
    conditions.push(`video.tags @> ARRAY[${parameter(filter.tag)}]::text[]`);
  if (filter.uploaded_after) {
    conditions.push(`video.created_at >= ${parameter(filter.uploaded_after)}`);
  }
  if (filter.updated_after) {
    conditions.push(`video.updated_at >= ${parameter(filter.updated_after)}`);
  }
  return conditions;
}

function scopeSql(scope: Scope, parameter: (value: unknown) => string): string[] {
  switch (scope.of) {
    case 'everybody':
      return [listedSql('video')];
    case 'owner':
      return ['video.deleted_at IS NULL', `video.owner_id = ${parameter(scope.ownerId)}`];
    case 'staff':
      return ['video.deleted_at IS NULL'];
  }
}
