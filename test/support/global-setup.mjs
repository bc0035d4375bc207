import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { acquireEmbeddedPostgres } from '../../dist/src/infrastructure/database/embedded/embedded-postgres.js';
import { migrate } from '../../dist/src/infrastructure/database/migrate.js';

/** One real PostgreSQL for the run; each suite makes a database of its own in it, from a migrated one. */
export default async function globalSetup() {
  const directory = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-test-'));
  const postgres = await acquireEmbeddedPostgres({ dataDir: directory });
  await makeTemplate(postgres.url);
  globalThis.videoflixTest = { directory, postgres };
  process.env.TEST_DIRECTORY = directory;
  process.env.TEST_POSTGRES_URL = postgres.url;
}

async function makeTemplate(server) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    // Nothing in it outlives the run, so nothing has to survive a power cut.
    await client.query('ALTER SYSTEM SET fsync = off');
    await client.query('SELECT pg_reload_conf()');
    await client.query('CREATE DATABASE migrated');
  } finally {
    await client.end();
  }
  const template = new URL(server);
  template.pathname = '/migrated';
  await migrate(template.href);
}
