import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Cache } from '../../ports/cache.js';
import type { ShownVideo } from '../shown-video.js';
import { ShownVideosRepository } from '../shown-videos.repository.js';
import { COUNTED_MATCHES, MAXIMUM_DEPTH } from './depth.js';
import { fromSql, isFiltered, matchSql, sortKeyOf, type List } from './list.js';
import type { VideoListQuery } from './listing.dto.js';
import { behindSql, orderBySql, orderOf, type Order, type Place } from './order.js';
import type { Scope } from './scope.js';
import { searchWords, tsquerySql } from './search-words.js';
import { SearchRepository } from './search.repository.js';
import { SqlParameters } from './sql-parameters.js';

/** For so long the size of the catalogue need not be asked again. */
const SIZE_SECONDS = 60;

/** Some videos of a list. */
export interface FoundVideos {
  videos: ShownVideo[];
  /** The last one's, where there are more. */
  next: Place | undefined;
}

/** How many videos are on a list; not exact where there may be more. */
export interface Total {
  count: number;
  isExact: boolean;
}

interface FoundRow {
  id: string;
  /** Its key in the order, as text. */
  place: string;
}

/** SQL of the list of videos. Every statement is bounded in what it reads, however many videos there are. */
@Injectable()
export class ListingRepository {
  constructor(
    private readonly database: DataSource,
    private readonly search: SearchRepository,
    private readonly shown: ShownVideosRepository,
    private readonly cache: Cache,
  ) {}

  /** A page by its number, and how many there are on all. */
  async findPage(scope: Scope, query: VideoListQuery): Promise<FoundVideos & { total: Total }> {
    const list = await this.list(scope, query);
    if (!list) return { videos: [], next: undefined, total: { count: 0, isExact: true } };
    const found = await this.find(list);
    return { ...found, total: found.total ?? (await this.count(list)) };
  }

  /** What comes behind a place. */
  async findBehind(place: Place, scope: Scope, query: VideoListQuery): Promise<FoundVideos> {
    const list = await this.list(scope, query);
    return list ? this.find(list, place) : { videos: [], next: undefined };
  }

  /** Undefined where nothing can be on it. */
  private async list(scope: Scope, query: VideoListQuery): Promise<List | undefined> {
    const list: List = { scope, query };
    if (query.genre !== undefined) {
      list.genreId = await this.genreId(query.genre);
      if (list.genreId === undefined) return undefined;
    }
    if (query.search !== undefined) {
      list.words = searchWords(query.search);
      if (list.words.length === 0) return undefined;
      Object.assign(list, await this.search.findSome(list));
      if (sortKeyOf(query) === 'relevance') {
        list.rankedIds = list.ids ?? (await this.search.findLikeliest(list));
      }
    }
    return list;
  }

  private async genreId(slug: string): Promise<string | undefined> {
    const [row] = await this.database.query<{ id: string }[]>(
      'SELECT id FROM genres WHERE slug = $1',
      [slug],
    );
    return row?.id;
  }

  private async find(
    list: List,
    after?: Place,
  ): Promise<FoundVideos & { total: Total | undefined }> {
    const { page = 1, page_size: size } = list.query;
    const parameters = new SqlParameters();
    const sql = foundSql(list, after, parameters);
    const bounds = `LIMIT ${size + 1} OFFSET ${after ? 0 : (page - 1) * size}`;
    const rows = await this.database.query<FoundRow[]>(`${sql} ${bounds}`, parameters.values);
    const videos = await this.shown.find(rows.slice(0, size).map(({ id }) => id));
    const last = rows[size - 1];
    const next = rows.length > size && last ? { key: last.place, id: last.id } : undefined;
    return { videos, next, total: knownTotal(list, rows) };
  }

  private async count(list: List): Promise<Total> {
    const maximum = await this.countable(list);
    if (list.someIds && maximum < MAXIMUM_DEPTH) {
      return { count: list.someIds.length, isExact: false };
    }
    const parameters = new SqlParameters();
    const order = orderOf('created_at', list.query);
    const match = matchSql(list, 'search_words', parameters.add);
    // In an order that has an index: else the whole table might be read for the first ones.
    const [row] = await this.database.query<{ count: number }[]>(
      `SELECT count(*)::integer AS count FROM (
        SELECT 1 ${fromSql(list, order, match, parameters.add)}
        ${orderBySql(order)} LIMIT ${maximum + 1}) counted`,
      parameters.values,
    );
    const count = row?.count ?? 0;
    return { count: Math.min(count, maximum), isExact: count <= maximum };
  }

  /** How far it is cheap to count. */
  private async countable(list: List): Promise<number> {
    if (!isFiltered(list)) return MAXIMUM_DEPTH;
    const size = await this.cache.wrap('catalogue:size', SIZE_SECONDS, () => this.size());
    return size <= MAXIMUM_DEPTH ? MAXIMUM_DEPTH : COUNTED_MATCHES;
  }

  /** As the database estimates it from time to time. */
  private async size(): Promise<number> {
    const [catalogue] = await this.database.query<{ size: number }[]>(
      `SELECT reltuples AS size FROM pg_class WHERE oid = 'videos'::regclass`,
    );
    return catalogue?.size ?? 0;
  }
}

/** SELECT of a list's {@link FoundRow}s, in its order. */
function foundSql(list: List, after: Place | undefined, parameters: SqlParameters): string {
  const sortBy = sortKeyOf(list.query);
  if (sortBy === 'relevance') return rankedSql(list, after, parameters);
  const order = orderOf(sortBy, list.query);
  const conditions = [
    ...(list.ids ? [] : matchSql(list, 'search_words', parameters.add)),
    ...(after ? [behindSql(order, after, parameters.add)] : []),
  ];
  return `SELECT video.id, (${order.key})::text AS place
    ${fromSql(list, order, conditions, parameters.add)} ${orderBySql(order)}`;
}

/** The same by relevance: of the words, where all are there, and of how much the whole title is like the search. */
function rankedSql(list: List, after: Place | undefined, parameters: SqlParameters): string {
  const order: Order = {
    ...{ key: 'key', id: 'id', type: 'integer' },
    direction: list.query.sort_order === 'asc' ? 'ASC' : 'DESC',
  };
  const words = list.words ?? [];
  const tsquery = tsquerySql(words, parameters.add);
  const rank = `2 * (video.search_words @@ ${tsquery})::integer
    + ts_rank(video.search_words, ${tsquery})
    + similarity(plain_words(video.title), ${parameters.add(words.join(' '))})`;
  const behind = after ? `WHERE ${behindSql(order, after, parameters.add)}` : '';
  return `SELECT id, key::text AS place FROM (
      SELECT video.id, round(1000000 * (${rank}))::integer AS key
      FROM (SELECT unnest(${parameters.add(list.rankedIds)}::uuid[]) AS id OFFSET 0) candidate
      JOIN videos video ON video.id = candidate.id
    ) ranked ${behind} ${orderBySql(order)}`;
}

/** How many there are, where a search or the rows of a numbered page tell. */
function knownTotal({ ids, rankedIds, query }: List, rows: readonly FoundRow[]): Total | undefined {
  if (ids) return { count: ids.length, isExact: true };
  if (rankedIds) return { count: rankedIds.length, isExact: false };
  const { page = 1, page_size: size } = query;
  const isLast = rows.length <= size && (rows.length > 0 || page === 1);
  return isLast ? { count: (page - 1) * size + rows.length, isExact: true } : undefined;
}
