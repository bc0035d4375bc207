import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DataSource } from 'typeorm';
import { PreparedStatements } from '../../common/prepared-statement.js';
import { COUNTED_IN_LARGE_CATALOGUES, COUNTED_MATCHES, MAXIMUM_DEPTH } from './depth.js';
import { fromSql, isFiltered, matchSql, sortKeyOf, type List } from './list.js';
import { VideoListQuerySchema, type VideoListQuery } from './listing.dto.js';
import { behindSql, orderBySql, orderOf, type Order, type Place } from './order.js';
import type { Scope } from './scope.js';
import { searchWords, tsquerySql } from './search-words.js';
import { SearchRepository } from './search.repository.js';
import { SqlParameters } from './sql-parameters.js';

/** For so long the size of the catalogue need not be asked again. */
const SIZE_MILLISECONDS = 60_000;

/** Some videos of a list. */
export interface FoundVideos {
  ids: string[];
  /** The last one's, where there are more. */
  next: Place | undefined;
}

interface FoundRow {
  count: number | null;
  /** With commas between; an array of the database takes long to read. */
  ids: string;
  /** Key of the last one on the page. */
  place: string;
}

/** How many videos are on a list; not exact where there may be more. */
export interface Total {
  count: number;
  isExact: boolean;
}

/** SQL of the list of videos. Every statement is bounded in what it reads, however many videos there are. */
@Injectable()
export class ListingRepository {
  private readonly statements: PreparedStatements;
  private readonly size = new LRUCache<'size', number>({
    max: 1,
    ttl: SIZE_MILLISECONDS,
    fetchMethod: () => this.estimateSize(),
  });

  constructor(
    private readonly database: DataSource,
    private readonly search: SearchRepository,
  ) {
    this.statements = new PreparedStatements(database);
  }

  /** A page by its number. How many there are on all is undefined where nothing is filtered: {@link countAll}. */
  async findPage(
    scope: Scope,
    query: VideoListQuery,
  ): Promise<FoundVideos & { total: Total | undefined }> {
    const list = await this.list(scope, query);
    if (!list) return { ids: [], next: undefined, total: { count: 0, isExact: true } };
    const { page = 1, page_size: size } = query;
    const offset = (page - 1) * size;
    const total = knownTotal(list);
    if (total !== undefined || !isFiltered(list)) {
      return { ...(await this.find(list, { offset })), total };
    }
    const { count, ...found } = await this.find(list, { offset, isCounted: true });
    const isLast = found.next === undefined && (found.ids.length > 0 || page === 1);
    if (isLast) return { ...found, total: { count: offset + found.ids.length, isExact: true } };
    return {
      ...found,
      total:
        count === undefined
          ? await this.count(list, COUNTED_IN_LARGE_CATALOGUES)
          : countedTo(COUNTED_MATCHES, count),
    };
  }

  /** What comes behind a place. */
  async findBehind(after: Place, scope: Scope, query: VideoListQuery): Promise<FoundVideos> {
    const list = await this.list(scope, query);
    return list ? this.find(list, { after }) : { ids: [], next: undefined };
  }

  /** How many there are where nothing is filtered. */
  async countAll(scope: Scope): Promise<Total> {
    return this.count({ scope, query: VideoListQuerySchema.parse({}) }, MAXIMUM_DEPTH);
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
      Object.assign(list, await this.search.find(list));
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

  /** @param isCounted whether `count` is told where that costs little: in the same statement */
  private async find(
    list: List,
    {
      after,
      offset = 0,
      isCounted = false,
    }: { after?: Place; offset?: number; isCounted?: boolean },
  ): Promise<FoundVideos & { count: number | undefined }> {
    const { page_size: size } = list.query;
    const isSmall = await this.isSmall();
    const parameters = new SqlParameters();
    // What is found is read in the order in which it was found.
    const text = `WITH found AS MATERIALIZED (
        ${foundSql(list, after, parameters)} LIMIT ${size + 1} OFFSET ${parameters.add(offset)})
      SELECT ${isCounted && isSmall ? countSql(list, COUNTED_MATCHES, parameters) : 'NULL'} AS count,
        array_to_string(ARRAY(SELECT id FROM found), ',') AS ids,
        (SELECT key::text FROM found LIMIT 1 OFFSET ${size - 1}) AS place`;
    const { values } = parameters;
    const [row] = isSmall
      ? await this.statements.rows<FoundRow>(text, values)
      : await this.database.query<FoundRow[]>(text, values);
    const { count, place } = row ?? { count: null, place: '' };
    const ids = row?.ids ? row.ids.split(',') : [];
    const lastId = ids[size - 1];
    const hasMore = lastId !== undefined && ids.length > size;
    return {
      ids: ids.slice(0, size),
      next: hasMore ? { key: place, id: lastId } : undefined,
      count: count ?? undefined,
    };
  }

  private async count(list: List, maximum: number): Promise<Total> {
    const parameters = new SqlParameters();
    const [row] = await this.database.query<{ count: number }[]>(
      `SELECT ${countSql(list, maximum, parameters)} AS count`,
      parameters.values,
    );
    return countedTo(maximum, row?.count ?? 0);
  }

  /**
   * Then a page and its count are one statement, with one plan for all values. In a large catalogue that might go far
   * in a dear order.
   */
  protected async isSmall(): Promise<boolean> {
    const size = await this.size.fetch('size');
    return size !== undefined && size <= MAXIMUM_DEPTH;
  }

  /** As the database counts it from time to time. */
  private async estimateSize(): Promise<number> {
    const [catalogue] = await this.database.query<{ size: number }[]>(
      `SELECT reltuples AS size FROM pg_class WHERE oid = 'videos'::regclass`,
    );
    return catalogue?.size ?? 0;
  }
}

/** SELECT of the ids of a list and their keys, in its order. */
function foundSql(list: List, after: Place | undefined, parameters: SqlParameters): string {
  const sortBy = sortKeyOf(list.query);
  if (sortBy === 'relevance') return rankedSql(list, after, parameters);
  const order = orderOf(sortBy, list.query);
  const conditions = [
    ...(list.ids ? [] : matchSql(list, 'search_words', parameters.add)),
    ...(after ? [behindSql(order, after, parameters.add)] : []),
  ];
  return `SELECT video.id, ${order.key} AS key
    ${fromSql(list, order, conditions, parameters.add)} ${orderBySql(order)}`;
}

/** SELECT of how many are on a list, one more than `maximum` where there are more. */
function countSql(list: List, maximum: number, parameters: SqlParameters): string {
  // In an order that has an index: else the whole table might be read for the first ones.
  const order = orderOf('created_at', list.query);
  return `(SELECT count(*)::integer FROM (
      SELECT 1 ${fromSql(list, order, [], parameters.add)}
      ${orderBySql(order)} LIMIT ${maximum + 1}) counted)`;
}

/** The same by relevance: of the words, where all are there, and of how much the whole title is like the search. */
function rankedSql(list: List, after: Place | undefined, parameters: SqlParameters): string {
  const order: Order = {
    ...{ key: 'key', id: 'id', type: 'integer' },
    direction: list.query.sort_order === 'asc' ? 'ASC' : 'DESC',
  };
  const words = list.words ?? [];
  const tsquery = tsquerySql(words, parameters.add, 'either');
  const rank = `2 * (video.search_words @@ ${tsquery})::integer
    + ts_rank(video.search_words, ${tsquery})
    + similarity(video.plain_title, ${parameters.add(words.join(' '))})`;
  const behind = after ? `WHERE ${behindSql(order, after, parameters.add)}` : '';
  return `SELECT id, key FROM (
      SELECT video.id, round(1000000 * (${rank}))::integer AS key
      FROM (SELECT unnest(${parameters.add(list.rankedIds)}::uuid[]) AS id OFFSET 0) candidate
      JOIN videos video ON video.id = candidate.id
    ) ranked ${behind} ${orderBySql(order)}`;
}

/** How many there are, where a search tells. */
function knownTotal({ ids, someIds, rankedIds }: List): Total | undefined {
  if (ids) return { count: ids.length, isExact: true };
  const some = rankedIds ?? someIds;
  return some && { count: some.length, isExact: false };
}

function countedTo(maximum: number, count: number): Total {
  return { count: Math.min(count, maximum), isExact: count <= maximum };
}
