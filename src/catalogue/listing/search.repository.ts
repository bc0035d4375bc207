import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  EXAMINED_MATCHES,
  EXAMINED_TITLES,
  FEW_MATCHES,
  RANKED_MATCHES,
  SOME_MATCHES,
} from './depth.js';
import { filterSql } from './filter.js';
import { fromSql, matchSql, type LexemeColumn, type List } from './list.js';
import { orderOf } from './order.js';
import { SqlParameters } from './sql-parameters.js';

/** How alike a word of a search and one of a title have to be: a wrong letter, or two in the wrong order. */
const LIKENESS = 0.45;
/** Shorter words have too few trigrams, unless there are no others. */
const SHORTEST_COMPARED = 3;
/** Of titles that look alike, so many are compared. */
const COMPARED = 300;

interface Match {
  id: string;
  /** Also of the genre that is asked for. */
  fits?: boolean;
}

/** SQL that looks for the words of a search, and for titles whose words are nearly these. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: DataSource) {}

  /** The videos on a list with a search: all of them, also the most alike where they are few, or some of many. */
  async findSome(list: List): Promise<Pick<List, 'ids' | 'someIds'>> {
    const examined = list.genreId ? EXAMINED_MATCHES : SOME_MATCHES;
    const parameters = new SqlParameters();
    const matches = await this.findMatches(
      `SELECT id, fits FROM (${matchesSql(list, 'search_words', examined, parameters)}) examined`,
      parameters,
    );
    const ids = matches.filter(({ fits }) => fits).map(({ id }) => id);
    if (matches.length >= examined || ids.length >= SOME_MATCHES) return { someIds: ids };
    if (ids.length >= FEW_MATCHES) return { ids };
    return { ids: [...new Set([...ids, ...(await this.findAlike(list))])] };
  }

  /** Of many matches those to be ranked: some that have the words anywhere, and new ones that have them in their titles. */
  async findLikeliest(list: List): Promise<string[]> {
    const parameters = new SqlParameters();
    const titles = matchesSql(list, 'title_words', EXAMINED_TITLES, parameters);
    const inTitles = await this.findMatches(
      `SELECT id FROM (${titles}) examined WHERE fits
       ORDER BY created_at DESC, id DESC LIMIT ${RANKED_MATCHES}`,
      parameters,
    );
    const ids = [...inTitles.map(({ id }) => id), ...(list.someIds ?? []).slice(0, RANKED_MATCHES)];
    return [...new Set(ids)];
  }

  private async findAlike(list: List): Promise<string[]> {
    const parameters = new SqlParameters();
    const { words = [] } = list;
    const text = parameters.add(words.join(' '));
    const telling = words.filter((word) => word.length >= SHORTEST_COMPARED);
    const alike = (telling.length > 0 ? telling : words).map((word) => {
      return `plain_words(video.title) %> ${parameters.add(word)}`;
    });
    const sql = `SELECT id FROM (
        SELECT video.id, word_similarity(${text}, plain_words(video.title)) AS likeness
        ${fromSql(list, orderOf('created_at', list.query), alike, parameters.add)} LIMIT ${COMPARED}
      ) compared ORDER BY likeness DESC, id LIMIT ${RANKED_MATCHES}`;
    // To compare titles without the help of the index is dear, which the planner does not know.
    const rows = await this.findMatches(sql, parameters, ['enable_seqscan', 'enable_indexscan']);
    return rows.map(({ id }) => id);
  }

  /** @param avoided settings of the planner that are off for this statement */
  private async findMatches(
    sql: string,
    { values }: SqlParameters,
    avoided: readonly string[] = ['enable_seqscan'],
  ): Promise<Match[]> {
    return this.database.transaction(async (transaction) => {
      const off = avoided.map((name) => `, set_config('${name}', 'off', true)`).join('');
      await transaction.query(
        `SELECT set_config('pg_trgm.word_similarity_threshold', '${LIKENESS}', true)${off}`,
      );
      return transaction.query<Match[]>(sql, values);
    });
  }
}

/**
 * SELECT of videos that have the words of a search, in no order: one with an index would be walked to its end for
 * words that few have. Whether they are of the genre is said beside, as its index would be walked like this, too.
 */
function matchesSql(
  list: List,
  column: LexemeColumn,
  limit: number,
  { add }: SqlParameters,
): string {
  const where = [...filterSql(list.scope, list.query, add), ...matchSql(list, column, add)];
  const matches = `SELECT video.id, video.created_at, true AS fits FROM videos video
    WHERE ${where.join(' AND ')} LIMIT ${limit}`;
  if (list.genreId === undefined) return matches;
  return `SELECT match.id, match.created_at, EXISTS (
      SELECT 1 FROM video_genres link
      WHERE link.video_id = match.id AND link.genre_id = ${add(list.genreId)}) AS fits
    FROM (${matches}) match`;
}
