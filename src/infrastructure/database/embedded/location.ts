import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findBinaries, type Account, type Binaries } from './binaries.js';
import { EmbeddedPostgresError, pathError } from './embedded-postgres-error.js';

/** Where one cluster lives and who runs it. */
export interface Location {
  /** Folder of the cluster, its password and its log. */
  readonly home: string;
  readonly cluster: string;
  /** True when the cluster could not live in DATA_DIR itself. */
  readonly relocated: boolean;
  readonly account: Account;
  readonly binaries: Binaries;
}

/** Longest socket path that every system takes: macOS allows 104 bytes with the final NUL. */
const MAX_SOCKET_PATH_BYTES = 103;

/** Makes DATA_DIR where it is missing and returns its real path. */
export function openDataDir(dataDir: string): string {
  try {
    mkdirSync(dataDir, { recursive: true });
    const real = realpathSync(dataDir);
    accessSync(real, constants.R_OK | constants.W_OK | constants.X_OK);
    return real;
  } catch (error) {
    throw pathError(error, dataDir);
  }
}

/**
 * The socket on which the supervisor of `dataDir` listens. It lies in DATA_DIR, so every process
 * that sees the data sees the socket, whatever its TMPDIR; a long path is shortened by a link.
 */
export function socketPath(dataDir: string): string {
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\videoflix-${digest}`;
  const direct = path.join(dataDir, SOCKET_NAME);
  // Beside the socket stands a name with the pid, until it is published.
  if (Buffer.byteLength(direct) + 12 <= MAX_SOCKET_PATH_BYTES) return direct;
  return path.join(linkTo(dataDir, digest), SOCKET_NAME);
}

const NOLOGIN = '/usr/sbin/nologin';
const SOCKET_NAME = 'postgres.sock';

/** Short name for a long folder, below a folder that only this user can write to. */
function linkTo(dataDir: string, digest: string): string {
  const uid = process.getuid?.() ?? 0;
  const own = path.join(tmpdir(), `videoflix-${uid}`);
  mkdirSync(own, { recursive: true, mode: 0o700 });
  const { uid: owner, mode } = lstatSync(own);
  if (owner !== uid || (mode & 0o777) !== 0o700) {
    throw new EmbeddedPostgresError(
      `The folder ${own} is open to other users: remove it, or set DATA_DIR to a folder with a shorter path.`,
    );
  }
  const link = path.join(own, digest);
  try {
    symlinkSync(dataDir, link);
  } catch (error) {
    if (!existsSync(link)) throw pathError(error, own);
  }
  return link;
}

/** Decides where the cluster of `dataDir` lives; as root it may have to leave private folders. */
export function locate(dataDir: string): Location {
  const inside = path.join(dataDir, 'postgres');
  if (process.getuid?.() !== 0) {
    const binaries = findBinaries(undefined, path.join(dataDir, 'pgsql'));
    return { home: dataDir, cluster: inside, relocated: false, account: undefined, binaries };
  }
  const away = path.join(RELOCATED_ROOT, relocatedName(dataDir));
  const owner = ownerOf(inside);
  const account = owner ?? serviceAccount();
  const reachable = canEnter(dataDir, account);
  if (owner && !reachable) {
    throw new EmbeddedPostgresError(
      `The database in ${inside} belongs to user ${owner.uid}, who cannot enter ${dataDir}: give the folders above it o+x.`,
    );
  }
  const binaries = findBinaries(account, path.join(away, 'pgsql'));
  // Once away, always away: a later chmod must not make the rows seem to vanish.
  if (!owner && (!reachable || existsSync(path.join(away, 'cluster')))) {
    const cluster = path.join(away, 'cluster');
    return { home: away, cluster, relocated: true, account, binaries };
  }
  return { home: dataDir, cluster: inside, relocated: false, account, binaries };
}

const RELOCATED_ROOT = '/var/lib/videoflix';

function relocatedName(dataDir: string): string {
  const digest = createHash('sha256').update(dataDir).digest('hex').slice(0, 8);
  return `${path.basename(dataDir).replace(/[^\w.-]/g, '_')}-${digest}`;
}

function ownerOf(cluster: string): Account {
  if (!existsSync(cluster)) return undefined;
  const { uid, gid } = statSync(cluster);
  return uid === 0 ? undefined : { uid, gid };
}

function canEnter(directory: string, account: Account): boolean {
  const options = { ...account, cwd: '/', stdio: 'ignore' as const };
  return spawnSync('/bin/sh', ['-c', 'cd "$0"', directory], options).status === 0;
}

/** PostgreSQL refuses to run as root, so root hands it to the system user `postgres`. */
function serviceAccount(): Account {
  const account = readAccount();
  if (account) return account;
  for (const [program, ...args] of CREATE_ACCOUNT) spawnSync(program, args, { stdio: 'ignore' });
  const created = readAccount();
  if (created) return created;
  throw new EmbeddedPostgresError(
    'PostgreSQL does not run as root and the system user "postgres" could not be created: start as another user or set DATABASE_URL.',
  );
}

/** The shadow tools of most systems, then those of BusyBox; a command that is missing is skipped. */
const CREATE_ACCOUNT: readonly (readonly [string, ...string[]])[] = [
  ['groupadd', '--system', 'postgres'],
  ['useradd', '--system', '--gid', 'postgres', '--no-create-home', '--shell', NOLOGIN, 'postgres'],
  ['addgroup', '-S', 'postgres'],
  ['adduser', '-S', '-D', '-H', '-G', 'postgres', '-s', NOLOGIN, 'postgres'],
];

function readAccount(): Account {
  const [uid, gid] = ['-u', '-g'].map((flag) => {
    const { status, stdout } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' });
    return status === 0 ? Number(stdout) : undefined;
  });
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
