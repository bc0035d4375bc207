import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { DISK_FULL, EmbeddedPostgresError, pathError } from './embedded-postgres-error.js';
import type { Location } from './location.js';
import { launchPostgres, runningPostmaster, type Postmaster } from './postmaster.js';

/** A started cluster: its server process and the URL of its database. */
export interface Cluster extends Postmaster {
  readonly url: string;
}

/**
 * Brings the cluster up: makes it on the first start, attaches to a PostgreSQL that outlived its
 * supervisor, recovers from a kill of everything.
 */
export async function startCluster(location: Location, wantedPort?: number): Promise<Cluster> {
  if (existsSync(path.join(location.cluster, 'PG_VERSION'))) refuseOtherVersion(location);
  else await createCluster(location);
  const password = readPassword(location);
  const postmaster =
    (await runningPostmaster(location.cluster)) ?? (await launchPostgres(location, wantedPort));
  const urlOf = (database: string) =>
    `postgres://${ROLE}:${password}@127.0.0.1:${postmaster.port}/${database}`;
  await ensureDatabase(urlOf('postgres'), location);
  return { ...postmaster, url: urlOf(DATABASE) };
}

const ROLE = 'videoflix';
const DATABASE = 'videoflix';

function refuseOtherVersion({ cluster, binaries }: Location): void {
  const found = readFileSync(path.join(cluster, 'PG_VERSION'), 'utf8').trim();
  const [brought] = binaries.version.split('.');
  if (found === brought) return;
  throw new EmbeddedPostgresError(
    `The database in ${cluster} was made by PostgreSQL ${found} and this installation brings PostgreSQL ${brought}: export it with the installation that made it, or set DATABASE_URL.`,
  );
}

/** Renamed into place when complete, so a kill in the middle leaves only a folder to sweep away. */
async function createCluster(location: Location): Promise<void> {
  const { home, cluster, account } = location;
  try {
    mkdirSync(home, { recursive: true });
    for (const name of readdirSync(home)) {
      if (name.startsWith(STAGING)) {
        rmSync(path.join(home, name), { recursive: true, force: true, maxRetries: 5 });
      }
    }
    writePassword(location);
    const staging = mkdtempSync(path.join(home, STAGING));
    if (account) chownSync(staging, account.uid, account.gid);
    await runInitdb(location, staging);
    renameSync(staging, cluster);
  } catch (error) {
    throw error instanceof EmbeddedPostgresError ? error : pathError(error, home);
  }
}

const STAGING = 'postgres.new-';

async function runInitdb({ home, account, binaries }: Location, directory: string): Promise<void> {
  const args = [
    `--pgdata=${directory}`,
    `--username=${ROLE}`,
    `--pwfile=${passwordFile(home)}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider sorts and folds case alike on every system and libc.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    ...(process.platform === 'linux'
      ? ['--locale=C.UTF-8', '--sync-method=syncfs']
      : ['--locale=C']),
    ...(process.platform === 'darwin' ? ['--lc-ctype=UTF-8'] : []),
  ];
  const child = spawn(path.join(binaries.directory, 'initdb'), args, {
    ...account,
    cwd: '/',
    env: { LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const [complaint, status] = await Promise.all([text(child.stderr), exited]);
  if (status === 0) return;
  rmSync(directory, { recursive: true, force: true });
  const reason = complaint.match(/(?:error|FATAL|PANIC): +(.+)/)?.[1] ?? `status ${String(status)}`;
  if (DISK_FULL.test(reason)) throw pathError({ code: 'ENOSPC' }, home);
  throw new EmbeddedPostgresError(`The database could not be made in ${home}: ${reason}.`);
}

function passwordFile(home: string): string {
  return path.join(home, 'postgres.password');
}

function writePassword({ home, account }: Location): void {
  const file = passwordFile(home);
  writeFileSync(file, randomBytes(24).toString('base64url'), { mode: 0o600 });
  chmodSync(file, 0o600);
  if (account) chownSync(file, account.uid, account.gid);
}

function readPassword({ home }: Location): string {
  const file = passwordFile(home);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EmbeddedPostgresError(
      `The password of the database cannot be read from ${file}: put the file back, or start as the user who owns it.`,
      { cause: error },
    );
  }
}

async function ensureDatabase(url: string, { home }: Location): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  // A connection that breaks while idle must not end the supervisor; the queries report it.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new EmbeddedPostgresError(`The database in ${home} does not answer: ${reason}.`, {
      cause: error,
    });
  } finally {
    await client.end().catch(() => undefined);
  }
}
