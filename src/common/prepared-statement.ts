import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Pool } from 'pg';
import { QueryFailedError, type DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

/** Every connection keeps what is prepared. */
const MOST_PREPARED = 50;

const MOST_TEXTS = 1000;

/**
 * A statement that is asked all the time: each connection has it parsed and planned once. One plan has to
 * be good for all values, and the text has to be one of few, as the database keeps them all.
 */
export class PreparedStatement<Row extends object> {
  private readonly name: string;

  constructor(
    private readonly database: DataSource,
    private readonly text: string,
  ) {
    this.name = createHash('sha256').update(text).digest('base64url');
  }

  /** @throws QueryFailedError */
  async rows(values: unknown[] = []): Promise<Row[]> {
    const { name, text } = this;
    this.database.logger.logQuery(text, values);
    const pool = (this.database.driver as PostgresDriver).master as Pool;
    try {
      return (await pool.query<Row>({ name, text, values })).rows;
    } catch (error) {
      throw new QueryFailedError(text, values, error as Error);
    }
  }
}

/**
 * Statements of many texts, of which the first fifty that come again are prepared. One plan has to be good for all
 * values.
 */
export class PreparedStatements {
  private readonly seen = new LRUCache<string, true>({ max: MOST_TEXTS });
  private readonly prepared = new Map<string, PreparedStatement<object>>();

  constructor(private readonly database: DataSource) {}

  /** @throws QueryFailedError */
  async rows<Row extends object>(text: string, values: unknown[]): Promise<Row[]> {
    const prepared = this.prepared.get(text) ?? this.prepare(text);
    const rows = prepared ? prepared.rows(values) : this.database.query<Row[]>(text, values);
    return rows as Promise<Row[]>;
  }

  private prepare(text: string): PreparedStatement<object> | undefined {
    if (this.prepared.size === MOST_PREPARED) return undefined;
    if (!this.seen.has(text)) {
      this.seen.set(text, true);
      return undefined;
    }
    const statement = new PreparedStatement<object>(this.database, text);
    this.prepared.set(text, statement);
    return statement;
  }
}
