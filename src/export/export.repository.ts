import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Tables of an export, in the order in which an import must create them. */
export const EXPORTED_TABLES = ['users', 'genres', 'videos', 'renditions'] as const;
export type ExportedTable = (typeof EXPORTED_TABLES)[number];

const QUERIES: Readonly<Record<ExportedTable, string>> = {
  users: 'SELECT * FROM users WHERE NOT is_demo ORDER BY created_at, id',
  genres: 'SELECT * FROM genres ORDER BY slug',
  videos: `
    SELECT video.*, array_remove(array_agg(genre.slug ORDER BY genre.slug), NULL) AS genres
    FROM videos video
    LEFT JOIN video_genres link ON link.video_id = video.id
    LEFT JOIN genres genre ON genre.id = link.genre_id
    GROUP BY video.id ORDER BY video.number`,
  renditions: `
    SELECT rendition.*, revision.video_id
    FROM renditions rendition JOIN revisions revision ON revision.id = rendition.revision_id
    ORDER BY revision.video_id, rendition.name`,
};

/** Rows read at a time. */
const BATCH_SIZE = 500;

/** What the database computes of the other columns, for itself. */
const COMPUTED_COLUMNS = ['title_words', 'search_words', 'plain_title'];

export type ExportedRow = Record<string, unknown>;

/** Reads whole tables row by row, all as they were at one moment. */
@Injectable()
export class ExportRepository {
  constructor(private readonly database: DataSource) {}

  /** Calls `read` with a reader of tables; every table is seen in the same snapshot. */
  async snapshot(
    read: (rowsOf: (table: ExportedTable) => AsyncIterable<ExportedRow>) => Promise<void>,
  ): Promise<void> {
    await this.database.transaction('REPEATABLE READ', async ({ queryRunner }) => {
      if (!queryRunner) throw new Error('a transaction always has a query runner');
      const query = (sql: string) => queryRunner.query(sql) as Promise<ExportedRow[]>;
      await read((table) => rowsOf(query, table));
    });
  }
}

async function* rowsOf(
  query: (sql: string) => Promise<ExportedRow[]>,
  table: ExportedTable,
): AsyncIterable<ExportedRow> {
  const cursor = `export_${table}`;
  await query(`DECLARE ${cursor} NO SCROLL CURSOR FOR ${QUERIES[table]}`);
  for (;;) {
    const rows = await query(`FETCH ${BATCH_SIZE} FROM ${cursor}`);
    yield* rows.map(withoutComputed);
    if (rows.length < BATCH_SIZE) break;
  }
  await query(`CLOSE ${cursor}`);
}

function withoutComputed(row: ExportedRow): ExportedRow {
  return Object.fromEntries(
    Object.entries(row).filter(([name]) => !COMPUTED_COLUMNS.includes(name)),
  );
}
