import { runMigrations as runQueueMigrations } from 'bullmq';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from './data-source-options.js';

/** Key of the advisory lock that lets one of several starting processes migrate at a time. */
const MIGRATION_LOCK = 0x56464c58;

/**
 * Applies the migrations of the schema and of the queue; safe to call from many processes at once.
 *
 * @returns the names of the schema migrations applied now
 */
export async function migrate(url: string): Promise<string[]> {
  const lock = new pg.Client({ connectionString: url, application_name: 'videoflix migrate' });
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await migrateSchema(url);
    await runQueueMigrations(lock);
    return applied;
  } finally {
    await lock.end();
  }
}

async function migrateSchema(url: string): Promise<string[]> {
  const dataSource = await new DataSource(dataSourceOptions(url)).initialize();
  try {
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    return applied.map((migration) => migration.name);
  } finally {
    await dataSource.destroy();
  }
}
