import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

interface Keys {
  accessKeyId: string;
  secretAccessKey: string;
}

/** A running S3 server; in virtual-host style it is to be spoken to at `localhost`. */
export interface S3Server extends Keys {
  endpoint: string;
  region: string;
  /** A key of somebody else, who may nothing but what the policy of a bucket grants to this name. */
  createUser(name: string): Promise<Keys>;
  /** Bounds what a bucket of the main key holds; a negative number lifts that. */
  limitBytes(maxBytes: number): Promise<void>;
  /** Ends every process of the server and forgets its objects. */
  stop(): Promise<void>;
}

const PROGRAMS = ['setpriv', 'ceph-mon', 'ceph-osd', 'ceph', 'radosgw', 'radosgw-admin'];
const FOLDER_PREFIX = 'videoflix-s3-';
const START_SECONDS = 60;
const OWNER = 'test';
const OBJECT_SPACE_BYTES = 4 * 1024 ** 3;

/** Left by runs that were killed; a monitor takes 40 MB. */
const FORGOTTEN_AFTER_HOURS = 24;

/** Linux ends a daemon as soon as the process that started it is gone, however that happened. */
const DIE_WITH_PARENT = ['--pdeathsig', 'KILL', '--'];

/**
 * Starts Ceph's S3 gateway on one monitor and one store that keeps objects in memory. Everything
 * listens on free ports of the loopback interface and lives in a temporary folder.
 *
 * @throws Error that says what to install when Ceph is missing, or what the daemons logged when it
 * does not start
 */
export async function startS3Server(): Promise<S3Server> {
  requirePrograms();
  await removeForgotten();
  for (let attempt = 1; ; attempt += 1) {
    const cluster = new Cluster(await mkdtemp(path.join(tmpdir(), FOLDER_PREFIX)));
    try {
      return await cluster.start();
    } catch (error) {
      const log = await cluster.lastWords();
      await cluster.stop();
      // Somebody may have taken a port between its choice and its use.
      if (attempt < 3 && log.includes('in use')) continue;
      throw new Error(`The S3 server did not start: ${String(error)}\n${log}`, { cause: error });
    }
  }
}

function requirePrograms(): void {
  const folders = (process.env.PATH ?? '').split(path.delimiter).concat('/usr/sbin', '/sbin');
  const missing = PROGRAMS.filter((name) => !folders.some((folder) => isProgram(folder, name)));
  if (missing.length === 0) return;
  throw new Error(
    `The S3 tests run against a real server, and ${missing.join(', ')} cannot be found: ` +
      'apt-get install --no-install-recommends radosgw ceph-mon ceph-osd ceph-common',
  );
}

function isProgram(folder: string, name: string): boolean {
  try {
    accessSync(path.join(folder, name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function removeForgotten(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(FOLDER_PREFIX)) continue;
    const folder = path.join(tmpdir(), name);
    const age = Date.now() - (await stat(folder)).ctimeMs;
    if (age > FORGOTTEN_AFTER_HOURS * 3_600_000) await rm(folder, { recursive: true, force: true });
  }
}

class Cluster {
  private readonly daemons: ChildProcess[] = [];
  private readonly settings: string;

  constructor(private readonly folder: string) {
    this.settings = path.join(folder, 'ceph.conf');
  }

  async start(): Promise<S3Server> {
    const ports = await freePorts();
    const { gateway, monitor, oldMonitor } = ports;
    const endpoint = `http://127.0.0.1:${gateway}`;
    await writeFile(this.settings, cephSettings(this.folder, ports));
    await this.startMonitor(`[v2:127.0.0.1:${monitor},v1:127.0.0.1:${oldMonitor}]`);
    await this.startStore();
    const keys = await this.createUser(OWNER);
    this.launch('radosgw', '-n', 'client.gateway');
    await this.untilAnswers(endpoint);
    return {
      endpoint,
      region: 'us-east-1',
      ...keys,
      createUser: (name) => this.createUser(name),
      limitBytes: (maxBytes) => this.limitBytes(maxBytes),
      stop: () => this.stop(),
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.daemons.map(kill));
    await rm(this.folder, { recursive: true, force: true });
  }

  /** The end of every daemon's log. */
  async lastWords(): Promise<string> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith('.log'));
    const logs = names.map(async (name) => {
      const text = await readFile(path.join(this.folder, name), 'utf8');
      return `${name}:\n${text.split('\n').slice(-15).join('\n')}`;
    });
    return (await Promise.all(logs)).join('\n');
  }

  private async startMonitor(addresses: string): Promise<void> {
    const identity = ['-i', 'a', '--public-addrv', addresses];
    await mkdir(path.join(this.folder, 'monitor'));
    await this.run('ceph-mon', '--mkfs', ...identity);
    this.launch('ceph-mon', ...identity);
  }

  private async startStore(): Promise<void> {
    const id = randomUUID();
    await mkdir(path.join(this.folder, 'store'));
    await this.run('ceph', '--connect-timeout', '20', 'osd', 'new', id, '0');
    await this.run('ceph-osd', '--mkfs', '-i', '0', '--osd-uuid', id);
    this.launch('ceph-osd', '-i', '0');
  }

  /** Waits for the store by itself: the user is kept in it. */
  private async createUser(name: string): Promise<Keys> {
    const accessKeyId = `VIDEOFLIX${name.toUpperCase()}`;
    const secretAccessKey = randomBytes(20).toString('hex');
    const names = [`--uid=${name}`, `--display-name=${name}`];
    const secrets = [`--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
    await this.run('radosgw-admin', 'user', 'create', ...names, ...secrets);
    return { accessKeyId, secretAccessKey };
  }

  private async limitBytes(maxBytes: number): Promise<void> {
    const quota = [`--uid=${OWNER}`, '--quota-scope=bucket'];
    await this.run('radosgw-admin', 'quota', 'set', ...quota, `--max-size=${maxBytes}`);
    await this.run('radosgw-admin', 'quota', maxBytes < 0 ? 'disable' : 'enable', ...quota);
  }

  private async untilAnswers(endpoint: string): Promise<void> {
    const deadline = Date.now() + START_SECONDS * 1000;
    for (;;) {
      const dead = this.daemons.find(
        ({ exitCode, signalCode }) => exitCode !== null || signalCode !== null,
      );
      if (dead) throw new Error(`${dead.spawnargs.join(' ')} ended by itself`);
      if (await answers(endpoint)) return;
      if (Date.now() > deadline) throw new Error(`no answer after ${START_SECONDS} s`);
      await sleep(50);
    }
  }

  private async run(program: string, ...args: string[]): Promise<void> {
    const command = [...DIE_WITH_PARENT, program, '--conf', this.settings, ...args];
    await promisify(execFile)('setpriv', command, {
      env: cephEnvironment(),
      timeout: START_SECONDS * 1000,
      killSignal: 'SIGKILL',
    });
  }

  private launch(program: string, ...args: string[]): void {
    const command = [...DIE_WITH_PARENT, program, '--conf', this.settings, '--foreground', ...args];
    this.daemons.push(spawn('setpriv', command, { env: cephEnvironment(), stdio: 'ignore' }));
  }
}

interface Ports {
  gateway: number;
  monitor: number;
  oldMonitor: number;
}

/**
 * One copy of everything, no authentication between the daemons, and a monitor that does not gather
 * changes for a second before it writes them: the gateway makes its pools one after the other.
 */
function cephSettings(folder: string, { gateway, monitor, oldMonitor }: Ports): string {
  return `
[global]
fsid = ${randomUUID()}
mon host = [v2:127.0.0.1:${monitor},v1:127.0.0.1:${oldMonitor}]
public network = 127.0.0.0/8
ms bind ipv6 = false
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon data avail crit = 1
paxos propose interval = 0.02
paxos min wait = 0.01
run dir = ${folder}
log file = ${folder}/$name.log
admin socket = ${folder}/$name.asok
pid file =
keyring = ${folder}/keyring
[mon]
mon data = ${folder}/monitor
[osd]
osd data = ${folder}/store
osd objectstore = memstore
memstore device bytes = ${OBJECT_SPACE_BYTES}
[client.gateway]
ms mon client mode = crc
rgw frontends = beast endpoint=127.0.0.1:${gateway}
rgw thread pool size = 32
rgw override bucket index max shards = 1
rgw enable apis = s3
rgw dns name = localhost
rgw enable lc threads = false
rgw gc obj min wait = 5
rgw gc processor period = 5
rgw run sync thread = false
`;
}

/** Held together while they are chosen, so that they differ. */
async function freePorts(): Promise<Ports> {
  const servers = [createServer(), createServer(), createServer()] as const;
  const [gateway, monitor, oldMonitor] = await Promise.all([
    listen(servers[0]),
    listen(servers[1]),
    listen(servers[2]),
  ]);
  await Promise.all(servers.map((server) => promisify(server.close.bind(server))()));
  return { gateway, monitor, oldMonitor };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function answers(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(endpoint, { signal: AbortSignal.timeout(1000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

/** Nothing outlives the server, so nothing needs to be put in order first. */
async function kill(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill('SIGKILL');
  await ended;
}

/** Without what a machine with a Ceph of its own may have set. */
function cephEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, LC_ALL: 'C.UTF-8' };
}
