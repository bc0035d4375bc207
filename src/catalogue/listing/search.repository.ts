import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { FEW_MATCHES, RANKED_MATCHES, SOME_MATCHES } from './depth.js';
import { fromSql, matchSql, type List } from './list.js';
import { orderOf } from './order.js';
import { SqlParameters } from './sql-parameters.js';

/** How alike a word of a search and one of a title have to be: a wrong letter, or two in the wrong order. */
const LIKENESS = 0.45;
/** Shorter words have too few trigrams, unless there are no others. */
const SHORTEST_COMPARED = 3;
/** Of titles that look alike, so many are compared. */
const COMPARED = 500;

/** SQL that looks for the words of a search, and for titles whose words are nearly these. */
@Injectable()
export class SearchRepository {
  constructor(private readonly database: DataSource) {}

  /** All videos on a list with a search, unless they are many; where they are few, also the most alike. */
  async findSome(list: List): Promise<string[] | undefined> {
    const exact = await this.findExact(list);
    if (exact.length >= SOME_MATCHES) return undefined;
    if (exact.length >= FEW_MATCHES) return exact;
    return [...new Set([...exact, ...(await this.findAlike(list))])];
  }

  private async findExact(list: List): Promise<string[]> {
    const parameters = new SqlParameters();
    const order = orderOf('created_at', list.query);
    const match = matchSql(list, 'search_words', parameters.add);
    // In no order: one with an index would be walked to its end for a word that nothing has.
    const sql = `SELECT video.id ${fromSql(list, order, match, parameters.add)} LIMIT ${SOME_MATCHES}`;
    return this.findIds(sql, parameters, ['enable_seqscan']);
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
    return this.findIds(sql, parameters, ['enable_seqscan', 'enable_indexscan']);
  }

  /** @param avoided settings of the planner that are off for this statement */
  private async findIds(
    sql: string,
    { values }: SqlParameters,
    avoided: readonly string[],
  ): Promise<string[]> {
    return this.database.transaction(async (transaction) => {
      const off = avoided.map((name) => `, set_config('${name}', 'off', true)`).join('');
      await transaction.query(
        `SELECT set_config('pg_trgm.word_similarity_threshold', '${LIKENESS}', true)${off}`,
      );
      const rows = await transaction.query<{ id: string }[]>(sql, values);
      return rows.map(({ id }) => id);
    });
  }
}
