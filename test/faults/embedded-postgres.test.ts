import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { socketPath } from '../../src/infrastructure/database/embedded/location.js';

/** Runs in a process of its own: takes a lease, gives it back when a line arrives on stdin. */
const HOLDER = `
  const { acquireEmbeddedPostgres } = await import(process.argv[1]);
  const say = (event) => console.log(JSON.stringify(event));
  const onLost = (reason) => say({ event: 'lost', reason });
  try {
    const { release, ...database } = await acquireEmbeddedPostgres({ dataDir: process.argv[2], onLost });
    say({ event: 'ready', ...database });
    process.stdin.once('data', () => release().then(() => process.exit()));
  } catch (error) {
    say({ event: 'refused', name: error.name, reason: error.message });
  }
`;
const ENTRY = path.resolve('dist/src/infrastructure/database/embedded/embedded-postgres.js');

interface HolderEvent {
  event: 'ready' | 'lost' | 'refused';
  name?: string;
  reason?: string;
  url: string;
  directory: string;
  relocated: boolean;
}

class Holder {
  readonly #events: HolderEvent[] = [];

  constructor(private readonly child: ChildProcess) {
    if (child.stdout) {
      createInterface({ input: child.stdout }).on('line', (line) => {
        this.#events.push(JSON.parse(line) as HolderEvent);
      });
    }
  }

  async next(): Promise<HolderEvent> {
    return await eventually('an event of the holder', () => this.#events.shift());
  }

  get silent(): boolean {
    return this.#events.length === 0;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  async release(): Promise<void> {
    this.child.stdin?.write('\n');
    await eventually('the holder to end', () => !alive(this.pid));
  }
}

let scratch: string;
let dataDir: string;
const holders: Holder[] = [];
const relocatedHomes: string[] = [];

beforeAll(() => {
  if (!existsSync(ENTRY)) throw new Error('These tests run the built server: npm run build:server');
});

beforeEach(() => {
  scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'vf-postgres-')));
  chmodSync(scratch, 0o755);
  dataDir = path.join(scratch, 'data');
});

afterEach(async () => {
  for (const holder of holders.splice(0)) kill(holder.pid);
  await eventually('the supervisor to end', () => supervisorPid() === undefined);
  for (const home of relocatedHomes.splice(0)) rmSync(home, { recursive: true, force: true });
  rmSync(scratch, { recursive: true, force: true });
});

test('release stops PostgreSQL and leaves nothing running', async () => {
  const holder = hold();
  const database = await holder.next();
  expect(database).toMatchObject({ event: 'ready', directory: dataDir, relocated: false });
  expect(await query(database.url, 'SELECT current_database() AS name')).toEqual([
    { name: 'videoflix' },
  ]);
  const postmaster = postmasterPid(database);
  await holder.release();
  expect(alive(postmaster)).toBe(false);
  expect(existsSync(path.join(dataDir, 'postgres.sock'))).toBe(false);
});

test('only those who know the password get in', async () => {
  const database = await hold().next();
  const stranger = new URL(database.url);
  stranger.password = 'guess';
  await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  expect(statSync(path.join(dataDir, 'postgres.password')).mode & 0o777).toBe(0o600);
});

test('processes that start together share one PostgreSQL until the last one leaves', async () => {
  const together = [hold(), hold(), hold()];
  const databases = await Promise.all(together.map((holder) => holder.next()));
  expect(new Set(databases.map(({ url }) => url)).size).toBe(1);
  const [database] = databases;
  if (!database) throw new Error('no database');
  const postmaster = postmasterPid(database);
  for (const [index, holder] of together.entries()) {
    await holder.release();
    expect(alive(postmaster)).toBe(index < together.length - 1);
  }
});

test('PostgreSQL stops when its only user is killed', async () => {
  const holder = hold();
  const postmaster = postmasterPid(await holder.next());
  kill(holder.pid);
  await eventually('PostgreSQL to stop', () => !alive(postmaster));
});

test('a killed user is replaced without a restart of PostgreSQL', async () => {
  const first = hold();
  const before = await first.next();
  const postmaster = postmasterPid(before);
  const second = hold();
  await second.next();
  kill(first.pid);
  await delay(600);
  expect(alive(postmaster)).toBe(true);
  await second.release();
  expect(alive(postmaster)).toBe(false);
});

test('a user whose supervisor was killed keeps its database and its lease', async () => {
  const holder = hold();
  const database = await holder.next();
  const postmaster = postmasterPid(database);
  const killed = supervisorPid();
  kill(killed);
  await eventually('another supervisor', () => {
    const pid = supervisorPid();
    return pid !== undefined && pid !== killed;
  });
  const late = hold();
  expect((await late.next()).url).toBe(database.url);
  expect(postmasterPid(database)).toBe(postmaster);
  await late.release();
  expect(alive(postmaster)).toBe(true);
  expect(holder.silent).toBe(true);
  await holder.release();
  expect(alive(postmaster)).toBe(false);
});

test('a PostgreSQL that outlived everyone is taken over and stopped at the end', async () => {
  const holder = hold();
  const before = await holder.next();
  const postmaster = postmasterPid(before);
  kill(holder.pid, supervisorPid());
  await eventually('both to be gone', () => !alive(holder.pid) && supervisorPid() === undefined);
  expect(alive(postmaster)).toBe(true);
  const next = hold();
  expect((await next.next()).url).toBe(before.url);
  expect(postmasterPid(before)).toBe(postmaster);
  await next.release();
  expect(alive(postmaster)).toBe(false);
});

test('committed rows survive when everything is killed at once', async () => {
  const holder = hold();
  const before = await holder.next();
  await query(before.url, 'CREATE TABLE films AS SELECT generate_series(1, 1000) AS id');
  const postmaster = postmasterPid(before);
  kill(holder.pid, supervisorPid(), postmaster);
  await eventually('PostgreSQL to be gone', () => !alive(postmaster));
  const after = await hold().next();
  expect(after.event).toBe('ready');
  expect(await query(after.url, 'SELECT count(*)::int AS films FROM films')).toEqual([
    { films: 1000 },
  ]);
});

test('a PostgreSQL that dies under its users comes back under the same URL', async () => {
  const holder = hold();
  const database = await holder.next();
  await delay(2_500);
  const killed = postmasterPid(database);
  kill(killed);
  await eventually('PostgreSQL to come back', async () => {
    return await query(database.url, 'SELECT 1').then(Boolean, () => false);
  });
  expect(postmasterPid(database)).not.toBe(killed);
  expect(holder.silent).toBe(true);
  await holder.release();
});

test('a pid file whose pid now belongs to another process does not stop the start', async () => {
  const holder = hold();
  const database = await holder.next();
  const file = path.join(dataDir, 'postgres', 'postmaster.pid');
  const lines = readFileSync(file, 'utf8').split('\n');
  await holder.release();
  writeFileSync(file, [process.pid, ...lines.slice(1)].join('\n'));
  expect(await hold().next()).toMatchObject({ event: 'ready', directory: database.directory });
});

test('a kill while the cluster is made leaves nothing half made', async () => {
  const holder = hold();
  const staged = () => entries().some((name) => name.startsWith('postgres.new-'));
  await eventually('initdb to begin', staged, 2);
  kill(supervisorPid(), holder.pid);
  expect(entries()).not.toContain('postgres');
  const database = await hold().next();
  expect(database.event).toBe('ready');
  expect(staged()).toBe(false);
});

test('below a private folder root keeps the database elsewhere, anyone else in DATA_DIR', async () => {
  const privateFolder = path.join(scratch, 'private');
  mkdirSync(privateFolder, { mode: 0o700 });
  dataDir = path.join(privateFolder, 'data');
  const holder = hold();
  const database = await holder.next();
  if (process.getuid?.() !== 0) {
    expect(database).toMatchObject({ relocated: false, directory: dataDir });
    return;
  }
  relocatedHomes.push(database.directory);
  expect(database.relocated).toBe(true);
  expect(database.directory).toMatch(/^\/var\/lib\/videoflix\/data-[0-9a-f]{8}$/);
  await query(database.url, 'CREATE TABLE films AS SELECT 7 AS id');
  await holder.release();
  // Opened up later, the folder must not make the rows seem to vanish.
  chmodSync(privateFolder, 0o755);
  const again = await hold().next();
  expect(await query(again.url, 'SELECT id FROM films')).toEqual([{ id: 7 }]);
});

test('a DATA_DIR with a long path works, although socket paths are short', async () => {
  dataDir = path.join(scratch, 'long'.repeat(20), 'longer'.repeat(20));
  expect(await hold().next()).toMatchObject({ event: 'ready', directory: dataDir });
  rmSync(path.dirname(socketPath(dataDir)));
});

test('a DATA_DIR that cannot be written is refused with one sentence', async () => {
  if (process.getuid?.() === 0) {
    writeFileSync(dataDir, 'a file where the folder should be');
  } else {
    mkdirSync(dataDir, { mode: 0o500 });
  }
  const refusal = await hold().next();
  expect(refusal).toMatchObject({ event: 'refused', name: 'EmbeddedPostgresError' });
  expect(refusal.reason).toMatch(
    new RegExp(`^The database cannot be kept in ${dataDir}, because [^.]+: set DATA_DIR [^.]+\\.$`),
  );
});

test('a cluster of another PostgreSQL version is refused with one sentence', async () => {
  const holder = hold();
  await holder.next();
  await holder.release();
  writeFileSync(path.join(dataDir, 'postgres', 'PG_VERSION'), '15\n');
  const refusal = await hold().next();
  expect(refusal).toMatchObject({ event: 'refused', name: 'EmbeddedPostgresError' });
  expect(refusal.reason).toContain('was made by PostgreSQL 15');
  await eventually('the supervisor to end', () => supervisorPid() === undefined);
});

function hold(): Holder {
  const args = ['--input-type=module', '-e', HOLDER, pathToFileURL(ENTRY).href, dataDir];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const holder = new Holder(child);
  holders.push(holder);
  return holder;
}

function entries(): string[] {
  return existsSync(dataDir) ? readdirSync(dataDir) : [];
}

function postmasterPid({ directory, relocated }: HolderEvent): number {
  const cluster = path.join(directory, relocated ? 'cluster' : 'postgres');
  return Number.parseInt(readFileSync(path.join(cluster, 'postmaster.pid'), 'utf8'), 10);
}

function supervisorPid(): number | undefined {
  const list = execFileSync('ps', ['-ww', '-A', '-o', 'pid=,args='], { encoding: 'utf8' });
  const found = list.split('\n').find((line) => line.endsWith(`supervisor.js ${dataDir}`));
  return found === undefined ? undefined : Number.parseInt(found, 10);
}

function kill(...pids: (number | undefined)[]): void {
  for (const pid of pids) {
    if (pid !== undefined && alive(pid)) process.kill(pid, 'SIGKILL');
  }
}

/** A process that only waits to be reaped counts as gone: in a container nobody may reap orphans. */
function alive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout !== '' && !stdout.startsWith('Z');
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function eventually<T>(
  what: string,
  probe: () => T | undefined | Promise<T | undefined>,
  everyMs = 20,
): Promise<T> {
  const giveUpAt = Date.now() + 20_000;
  while (Date.now() < giveUpAt) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    await delay(everyMs);
  }
  throw new Error(`waited in vain for ${what}`);
}
