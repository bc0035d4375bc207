import type { Config } from '../../config/config.js';
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
 * @throws EmbeddedPostgresError
 */
export async function openDatabase(
  { database, dataDir }: Pick<Config, 'database' | 'dataDir'>,
  onLost: (reason: string) => void,
): Promise<OpenDatabase> {
  if (database.kind === 'external') {
    return { url: database.url, relocatedTo: undefined, close: () => Promise.resolve() };
  }
  const postgres = await acquireEmbeddedPostgres({ dataDir, onLost });
  return {
    url: postgres.url,
    relocatedTo: postgres.relocated ? postgres.directory : undefined,
    close: () => postgres.release(),
  };
}
