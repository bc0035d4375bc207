import { mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { acquireEmbeddedPostgres } from '../../dist/src/infrastructure/database/embedded/embedded-postgres.js';

/** One real PostgreSQL for the run; each suite makes a database of its own in it. */
export default async function globalSetup() {
  const directory = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-test-'));
  const postgres = await acquireEmbeddedPostgres({ dataDir: directory });
  globalThis.videoflixTest = { directory, postgres };
  process.env.TEST_DIRECTORY = directory;
  process.env.TEST_POSTGRES_URL = postgres.url;
}
