import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The account PostgreSQL runs as when this process is root; `undefined` means this process's own. */
export type Account = { uid: number; gid: number } | undefined;

export interface Binaries {
  readonly version: string;
  /** Folder that holds `initdb` and `postgres`. */
  readonly directory: string;
}

/**
 * Finds PostgreSQL in node_modules, or a copy of it in `copyDirectory` when the account cannot run
 * it there: below a private home folder, on a disk mounted noexec, in an incomplete installation.
 */
export function findBinaries(account: Account, copyDirectory: string): Binaries {
  const installed = installedPackage();
  const inPlace = path.join(installed.native, 'bin');
  if (restoreLinks(installed.native) && canRun(inPlace, account)) {
    return { version: installed.version, directory: inPlace };
  }
  const copied = copyOf(installed, copyDirectory);
  if (canRun(copied, account)) return { version: installed.version, directory: copied };
  throw new EmbeddedPostgresError(
    `The PostgreSQL programs in ${copied} cannot be run on this system: set DATABASE_URL to a PostgreSQL server.`,
  );
}

interface InstalledPackage {
  version: string;
  native: string;
}

function installedPackage(): InstalledPackage {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const root = path.resolve(createRequire(wrapper).resolve(name), '..', '..');
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    return { version, native: path.join(root, 'native') };
  } catch (error) {
    throw new EmbeddedPostgresError(
      `There is no PostgreSQL package for ${platform}-${process.arch} (${name}): set DATABASE_URL to a PostgreSQL server.`,
      { cause: error },
    );
  }
}

/** npm packages hold no links, and the install script that makes them may have been left out. */
function restoreLinks(native: string): boolean {
  const list = path.join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const root = path.dirname(native);
  try {
    const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
    for (const { source, target } of links) {
      const link = path.join(root, target);
      if (!existsSync(link)) symlinkSync(path.relative(path.dirname(target), source), link);
    }
    return true;
  } catch {
    return false;
  }
}

/** Only running it tells: modes, ACLs, noexec mounts and missing libraries all end up here. */
function canRun(directory: string, account: Account): boolean {
  const options = { ...account, cwd: '/', stdio: 'ignore' as const };
  return ['initdb', 'postgres'].every(
    (program) => spawnSync(path.join(directory, program), ['--version'], options).status === 0,
  );
}

function copyOf({ native, version }: InstalledPackage, copyDirectory: string): string {
  const complete = path.join(copyDirectory, version);
  const directory = path.join(complete, 'native', 'bin');
  if (existsSync(complete)) return directory;
  const staging = `${complete}.new-${process.pid}`;
  mkdirSync(staging, { recursive: true, mode: 0o755 });
  cpSync(native, path.join(staging, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a'),
  });
  restoreLinks(path.join(staging, 'native'));
  for (const name of readdirSync(copyDirectory)) {
    if (name !== path.basename(staging)) {
      rmSync(path.join(copyDirectory, name), { recursive: true, force: true });
    }
  }
  renameSync(staging, complete);
  return directory;
}
