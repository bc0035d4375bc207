import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { totalmem } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DISK_FULL, EmbeddedPostgresError, pathError } from './embedded-postgres-error.js';
import type { Location } from './location.js';

/** The main process of a PostgreSQL server that accepts connections on 127.0.0.1. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
}

const POLL_MS = 10;

const MEBIBYTE = 1024 ** 2;
const LEAST_SHARED_MEBIBYTES = 128;
const MOST_SHARED_MEBIBYTES = 2048;

/** The server that runs on this cluster, once it is ready; waits for one that stops to be gone. */
export async function runningPostmaster(cluster: string): Promise<Postmaster | undefined> {
  for (;;) {
    const found = readPidFile(cluster);
    if (!found || !isPostmaster(found.pid, cluster)) return undefined;
    if (found.status === 'ready') return { pid: found.pid, port: found.port };
    // A polite shutdown asked for from outside would wait for every session to end.
    if (found.status === 'stopping') interrupt(found.pid);
    await delay(POLL_MS);
  }
}

/**
 * Starts PostgreSQL on the port asked for, or on the one it had before a crash, so that those who
 * hold its URL find it again; on any free port when that one is taken.
 */
export async function launchPostgres(location: Location, wanted?: number): Promise<Postmaster> {
  const giveUpAt = Date.now() + 10_000;
  const stale = readPidFile(location.cluster);
  // PostgreSQL removes a stale pid file itself, unless another process has that pid by now.
  if (stale && signalReaches(stale.pid)) rmSync(path.join(location.cluster, 'postmaster.pid'));
  let port = wanted ?? stale?.port ?? (await freePort());
  for (;;) {
    const outcome = await launchOn(port, location);
    if (typeof outcome === 'object') return outcome;
    if (Date.now() > giveUpAt || !PASSING.test(outcome)) throw startError(outcome, location);
    await delay(100);
    const other = await runningPostmaster(location.cluster);
    if (other) return other;
    port = await freePort();
  }
}

/** A port taken meanwhile; sessions of a killed server that still hold its shared memory or lock. */
const PASSING = /could not (bind|create any)|still in use|already exists/;

/** Whether this process is the PostgreSQL main process of this cluster, and not a recycled pid. */
export function isPostmaster(pid: number, cluster: string): boolean {
  if (process.platform === 'linux') {
    // A zombie has an empty command line, which is right: nothing of it runs any more.
    const argv = readText(`/proc/${pid}/cmdline`)?.split('\0') ?? [];
    return isPostgres(argv[0]) && argv.includes(cluster);
  }
  if (process.platform === 'win32') return signalReaches(pid);
  const { stdout } = spawnSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
    encoding: 'utf8',
  });
  return stdout.includes('postgres') && stdout.includes(` ${cluster} `);
}

/** Fast shutdown: sessions are ended, everything is written; resolves when the process is gone. */
export async function stopPostmaster({ pid }: Postmaster, { cluster }: Location): Promise<void> {
  interrupt(pid);
  const giveUpAt = Date.now() + 60_000;
  while (isPostmaster(pid, cluster)) {
    if (Date.now() > giveUpAt) {
      process.kill(pid, 'SIGQUIT');
      return;
    }
    await delay(POLL_MS);
  }
}

/** The server's log, emptied at each start. */
export function logFile({ home }: Location): string {
  return path.join(home, 'postgres.log');
}

async function launchOn(port: number, location: Location): Promise<Postmaster | string> {
  const { cluster, account, binaries } = location;
  const log = openLog(location);
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 100,
    shared_buffers: `${sharedMebibytes()}MB`,
    max_wal_size: '256MB',
    log_checkpoints: 'off',
    jit: 'off',
    // A solid-state disk, or memory, gives one page about as quickly as the next.
    random_page_cost: 1.1,
    // To start another process takes longer than what a page of a list takes.
    max_parallel_workers_per_gather: 0,
    ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
  };
  const child = spawn(
    path.join(binaries.directory, 'postgres'),
    [
      ...['-D', cluster, '-p', String(port)],
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    { ...account, cwd: '/', env: { LC_ALL: 'C', TZ: 'UTC' }, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  while (runs(child)) {
    const file = readPidFile(cluster);
    if (file?.status === 'ready' && file.pid === child.pid) return { pid: file.pid, port };
    await delay(POLL_MS);
  }
  return failure?.message ?? lastComplaint(location);
}

/** A quarter of the memory there is, as PostgreSQL's manual advises. It is taken only as far as there are data. */
function sharedMebibytes(): number {
  // Zero, or more than the machine has, where nobody limits it.
  const memory = Math.min(totalmem(), process.constrainedMemory() || Infinity);
  const quarter = Math.floor(memory / 4 / MEBIBYTE);
  return Math.max(LEAST_SHARED_MEBIBYTES, Math.min(quarter, MOST_SHARED_MEBIBYTES));
}

function openLog(location: Location): number {
  try {
    rmSync(logFile(location), { force: true });
    const log = openSync(logFile(location), 'a', 0o600);
    if (location.account) chownSync(logFile(location), location.account.uid, location.account.gid);
    return log;
  } catch (error) {
    throw pathError(error, location.home);
  }
}

function runs(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function lastComplaint(location: Location): string {
  const complaints = readText(logFile(location))?.match(/(?:LOG|FATAL|PANIC|error): .+/g) ?? [];
  const fatal = complaints.findLast((line) => !line.startsWith('LOG'));
  return (fatal ?? complaints.at(-1) ?? 'it ended without a word').replace(/^\w+: +/, '');
}

function startError(reason: string, { home }: Location): EmbeddedPostgresError {
  if (DISK_FULL.test(reason)) return pathError({ code: 'ENOSPC' }, home);
  return new EmbeddedPostgresError(`PostgreSQL did not start in ${home}: ${reason}.`);
}

interface PidFile extends Postmaster {
  status: string | undefined;
}

/** Lines of postmaster.pid: pid, folder, start time, port, socket folder, address, memory, status. */
function readPidFile(cluster: string): PidFile | undefined {
  const lines = readText(path.join(cluster, 'postmaster.pid'))?.split('\n') ?? [];
  const pid = Number(lines[0]);
  const port = Number(lines[3]);
  if (!Number.isInteger(pid) || pid <= 0 || !Number.isInteger(port) || port <= 0) return undefined;
  return { pid, port, status: lines[7]?.trim() };
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isPostgres(program: string | undefined): boolean {
  return program !== undefined && path.basename(program) === 'postgres';
}

function interrupt(pid: number): void {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // It is gone already.
  }
}

function signalReaches(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address !== null && typeof address === 'object' ? address.port : 0;
}
