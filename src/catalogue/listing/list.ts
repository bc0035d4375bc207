import { filterOf, filterSql } from './filter.js';
import type { SortKey, VideoListQuery } from './listing.dto.js';
import type { Order } from './order.js';
import type { Scope } from './scope.js';
import { tsquerySql, type LastWord } from './search-words.js';

/** A list of videos as it is asked for. */
export interface List {
  scope: Scope;
  query: VideoListQuery;
  /** Of the genre that is asked for. */
  genreId?: string | undefined;
  /** Of the search. */
  words?: readonly string[] | undefined;
  /** All videos with these words, where that are few; nothing else is to be asked then. */
  ids?: readonly string[] | undefined;
  /** Some of them, where there are more. */
  someIds?: readonly string[] | undefined;
  /** By relevance: what is ranked. */
  rankedIds?: readonly string[] | undefined;
}

/** Makes a placeholder of a value. */
export type Parameter = (value: unknown) => string;

export function sortKeyOf({ sort_by: sortBy, search }: VideoListQuery): SortKey {
  return sortBy ?? (search === undefined ? 'created_at' : 'relevance');
}

/** Whether anything but the scope decides what is on it. */
export function isFiltered({ query, words }: List): boolean {
  return words !== undefined || Object.values(filterOf(query)).some((value) => value !== undefined);
}

/** SQL condition: the words of the search are found in a column of lexemes. */
export function matchSql(
  { words }: List,
  column: LexemeColumn,
  parameter: Parameter,
  last?: LastWord,
): string[] {
  return words ? [`video.${column} @@ ${tsquerySql(words, parameter, last)}`] : [];
}

/** Words of the title; of title, description and tags. */
export type LexemeColumn = 'title_words' | 'search_words';

/** FROM and WHERE of the videos on a list, with the tables that its order needs. */
export function fromSql(
  { scope, query, genreId, ids }: List,
  order: Order,
  conditions: readonly string[],
  parameter: Parameter,
): string {
  const isByStats = order.id.startsWith('stats.');
  const where = [
    ...(ids ? [`video.id = ANY(${parameter(ids)}::uuid[])`] : filterSql(scope, query, parameter)),
    ...conditions,
  ];
  return `FROM videos video
    ${isByStats ? 'JOIN video_stats stats ON stats.video_id = video.id' : ''}
    ${genreId ? `JOIN video_genres link ON link.video_id = video.id AND link.genre_id = ${parameter(genreId)}` : ''}
    WHERE ${where.join(' AND ')}`;
}
