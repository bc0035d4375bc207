import pg from 'pg';
import type { Config } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { CONNECT_TIMEOUT_MILLISECONDS } from './data-source-options.js';
import { acquireEmbeddedPostgres } from './embedded/embedded-postgres.js';

/** The database of this process. */
export interface OpenDatabase {
  url: string;
  /** Where an embedded PostgreSQL keeps its files, when that is not in `DATA_DIR`. */
  relocatedTo: string | undefined;
  /** Lets go of it; an embedded PostgreSQL nobody else uses stops. */
  close(): Promise<void>;
}

/**
 * Starts or joins the embedded PostgreSQL, unless `DATABASE_URL` names another one.
 *
 * @param onLost called when the database is gone for good
 * @throws EmbeddedPostgresError, or ConfigError when `DATABASE_URL` leads nowhere
 */
export async function openDatabase(
  { database, dataDir }: Pick<Config, 'database' | 'dataDir'>,
  onLost: (reason: string) => void,
): Promise<OpenDatabase> {
  if (database.kind === 'external') {
    await tryConnection(database.url);
    return { url: database.url, relocatedTo: undefined, close: () => Promise.resolve() };
  }
  const postgres = await acquireEmbeddedPostgres({ dataDir, onLost });
  return {
    url: postgres.url,
    relocatedTo: postgres.relocated ? postgres.directory : undefined,
    close: () => postgres.release(),
  };
}

async function tryConnection(url: string): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MILLISECONDS,
  });
  try {
    await client.connect();
  } catch (error) {
    throw new ConfigError(`DATABASE_URL: ${new URL(url).host} refuses: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    await client.end();
  }
}

/** A name with several addresses fails once for each, with an error that says nothing itself. */
function reasonOf(error: unknown): string {
  const [first] = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
  return first instanceof Error ? first.message : String(first);
}
