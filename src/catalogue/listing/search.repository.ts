import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  EXAMINED_MATCHES,
  EXAMINED_TITLES,
  FEW_MATCHES,
  RANKED_MATCHES,
  SOME_MATCHES,
} from './depth.js';
import { filterSql } from './filter.js';
import { fromSql, matchSql, sortKeyOf, type LexemeColumn, type List } from './list.js';
import { orderOf } from './order.js';
import { endsWithBeginning, searchWords, type LastWord } from './search-words.js';
import { SqlParameters } from './sql-parameters.js';

/** How alike a word of a search and one of a title have to be: a wrong letter, or two in the wrong order. */
const LIKENESS = 0.5;
/** Shorter words have too few trigrams, unless there are no others. */
const SHORTEST_COMPARED = 3;
/** Of titles that look alike, so many are compared. */
const COMPARED = 200;

interface Match {
  id: string;
  /** Also of the genre that is asked for. */
  fits?: boolean;
}

type Found = Pick<List, 'ids' | 'someIds' | 'rankedIds'>;

/** SQL that looks for the words of a search, and for titles whose words are nearly these. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: DataSource) {}

  /** What has to be known of the videos with the words of a list before they can be put in its order. */
  async find(list: List): Promise<Found> {
    return this.database.transaction(async (transaction) => {
      await transaction.query(
        `SELECT set_config('enable_seqscan', 'off', true),
          set_config('pg_trgm.word_similarity_threshold', '${LIKENESS}', true)`,
      );
      const found = await findSome(list, transaction);
      if (sortKeyOf(list.query) !== 'relevance') return found;
      return { ...found, rankedIds: found.ids ?? (await findLikeliest(list, found, transaction)) };
    });
  }
}

/** All of them, also the most alike where they are few; or some of many, first those that have the last word whole. */
async function findSome(list: List, transaction: EntityManager): Promise<Found> {
  const whole = await examine(list, 'whole', transaction);
  if (whole.isMany) return { someIds: whole.ids };
  const all = endsWithBeginning(list.words ?? [])
    ? await examine(list, 'beginning', transaction)
    : whole;
  const ids = unique([...whole.ids, ...all.ids]);
  if (all.isMany) return { someIds: ids };
  if (ids.length >= FEW_MATCHES || (await isTitleOf(list, ids, transaction))) return { ids };
  return { ids: unique([...ids, ...(await findAlike(list, transaction))]) };
}

/** Whether one of few videos is called exactly what is searched for, which is not misspelt then. */
async function isTitleOf(
  { words = [] }: List,
  ids: readonly string[],
  transaction: EntityManager,
): Promise<boolean> {
  if (ids.length === 0) return false;
  const videos = await transaction.query<{ title: string }[]>(
    'SELECT title FROM videos WHERE id = ANY($1)',
    [ids],
  );
  return videos.some(({ title }) => searchWords(title).join(' ') === words.join(' '));
}

/** Videos with the words; beginnings of words take the index several times as long. */
async function examine(
  list: List,
  last: LastWord,
  transaction: EntityManager,
): Promise<{ ids: string[]; isMany: boolean }> {
  const examined = list.genreId ? EXAMINED_MATCHES : SOME_MATCHES;
  const parameters = new SqlParameters();
  const sql = matchesSql(list, 'search_words', examined, parameters, last);
  const matches = await transaction.query<Match[]>(
    `SELECT id, fits FROM (${sql}) examined`,
    parameters.values,
  );
  const ids = matches.filter(({ fits }) => fits).map(({ id }) => id);
  return { ids, isMany: matches.length >= examined || ids.length >= SOME_MATCHES };
}

/** Of many those to be ranked: new ones that have the words in their titles, and some that have them anywhere. */
async function findLikeliest(
  list: List,
  { someIds = [] }: Found,
  transaction: EntityManager,
): Promise<string[]> {
  const parameters = new SqlParameters();
  const titles = matchesSql(list, 'title_words', EXAMINED_TITLES, parameters);
  const inTitles = await transaction.query<Match[]>(
    `SELECT id FROM (${titles}) examined WHERE fits
     ORDER BY created_at DESC, id DESC LIMIT ${RANKED_MATCHES}`,
    parameters.values,
  );
  return unique([...inTitles.map(({ id }) => id), ...someIds.slice(0, RANKED_MATCHES)]);
}

async function findAlike(list: List, transaction: EntityManager): Promise<string[]> {
  const parameters = new SqlParameters();
  const { words = [] } = list;
  const text = parameters.add(words.join(' '));
  const telling = words.filter((word) => word.length >= SHORTEST_COMPARED);
  const alike = (telling.length > 0 ? telling : words).map((word) => {
    return `video.plain_title %> ${parameters.add(word)}`;
  });
  // To compare titles without the help of the index is dear, which the planner does not know.
  await transaction.query(`SELECT set_config('enable_indexscan', 'off', true)`);
  const matches = await transaction.query<Match[]>(
    `SELECT id FROM (
      SELECT video.id, word_similarity(${text}, video.plain_title) AS likeness
      ${fromSql(list, orderOf('created_at', list.query), alike, parameters.add)} LIMIT ${COMPARED}
    ) compared ORDER BY likeness DESC, id LIMIT ${RANKED_MATCHES}`,
    parameters.values,
  );
  return matches.map(({ id }) => id);
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
  last?: LastWord,
): string {
  const where = [...filterSql(list.scope, list.query, add), ...matchSql(list, column, add, last)];
  const matches = `SELECT video.id, video.created_at, true AS fits FROM videos video
    WHERE ${where.join(' AND ')} LIMIT ${limit}`;
  if (list.genreId === undefined) return matches;
  return `SELECT match.id, match.created_at, EXISTS (
      SELECT 1 FROM video_genres link
      WHERE link.video_id = match.id AND link.genre_id = ${add(list.genreId)}) AS fits
    FROM (${matches}) match`;
}

function unique(ids: readonly string[]): string[] {
  return [...new Set(ids)];
}
