import pg from 'pg';

/** Every row of every table of a database in whose text one of `words` occurs, whatever its case. */
export async function tracesOf(databaseUrl: string, words: readonly string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
       WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `SELECT entry::text AS text FROM ${name} entry
         WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) word WHERE entry::text ILIKE '%' || word || '%')`,
        [words],
      );
      found.push(...rows.map(({ text }) => `${name}: ${text}`));
    }
    return found;
  } finally {
    await client.end();
  }
}
