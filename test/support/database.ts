import { randomBytes } from 'node:crypto';
import pg from 'pg';

/** A database of a suite's own. */
export interface TestDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Makes a database in the run's PostgreSQL, with all migrations and nothing else in it. */
export async function createDatabase(): Promise<TestDatabase> {
  const server = process.env['TEST_POSTGRES_URL'];
  if (!server) throw new Error('the suite runs without the global set-up that starts PostgreSQL');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await query(server, `CREATE DATABASE ${name} TEMPLATE migrated`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => {
      await query(server, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

/** Asks a database one thing, on a connection of its own. */
export async function query<Row extends object = object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}
