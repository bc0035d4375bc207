import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { QueryFailedError, type DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';

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
