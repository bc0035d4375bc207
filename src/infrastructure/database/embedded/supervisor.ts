import { existsSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { startCluster, type Cluster } from './cluster.js';
import { locate, socketPath, type Location } from './location.js';
import { isPostmaster, logFile, stopPostmaster } from './postmaster.js';

/** What the supervisor writes to each lease, one line of JSON whenever it changes. */
export type Answer =
  | { state: 'ready'; url: string; directory: string; relocated: boolean }
  | { state: 'failed'; reason: string };

/** Time for the next process to come when the last one was killed, as in a restart. */
const KILLED_GRACE_MS = 300;
/** Time for the process that started this one to connect. */
const FIRST_LEASE_MS = 5_000;
const WATCH_MS = 500;
/** A server that ends sooner after its start will do so again. */
const MIN_UPTIME_MS = 2_000;
const MAX_LOG_BYTES = 16 * 1024 ** 2;

/**
 * Keeps PostgreSQL running while any process holds a connection to its socket. A byte on the
 * connection gives the lease back politely and is answered by a close, after PostgreSQL has stopped
 * if it was the last; a connection that breaks is the lease of a process that was killed.
 */
class Supervisor {
  readonly #socketPath: string;
  readonly #server: Server;
  readonly #leases = new Set<Socket>();
  readonly #released = new Set<Socket>();
  #socketInode = 0;
  #location: Location | undefined;
  #cluster: Cluster | undefined;
  #startedAt = 0;
  #answer: Answer | undefined;
  #idle: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(private readonly dataDir: string) {
    this.#socketPath = socketPath(dataDir);
    this.#server = createServer((socket) => this.#lend(socket));
  }

  async run(): Promise<void> {
    if (!(await this.#publish())) process.exit();
    try {
      this.#location = locate(this.dataDir);
      await this.#start(this.#location);
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#leases.size === 0) this.#stopAfter(FIRST_LEASE_MS);
    setInterval(() => void this.#watch(), WATCH_MS);
  }

  /**
   * Takes the public name of the socket, unless a living supervisor has it. Two that start together
   * may both rename; the later one wins, and the other sees that and leaves.
   */
  async #publish(): Promise<boolean> {
    if (await answers(this.#socketPath)) return false;
    const own =
      process.platform === 'win32' ? this.#socketPath : `${this.#socketPath}.${process.pid}`;
    rmSync(own, { force: true });
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(own, resolve);
    });
    if (own === this.#socketPath) return true;
    this.#socketInode = statSync(own).ino;
    renameSync(own, this.#socketPath);
    await delay(20);
    return this.#isPublished();
  }

  #isPublished(): boolean {
    if (process.platform === 'win32') return true;
    return statSync(this.#socketPath, { throwIfNoEntry: false })?.ino === this.#socketInode;
  }

  async #start(location: Location): Promise<void> {
    this.#cluster = await startCluster(location, this.#cluster?.port);
    this.#startedAt = Date.now();
    const { url } = this.#cluster;
    const { home: directory, relocated } = location;
    this.#tell({ state: 'ready', url, directory, relocated });
  }

  #lend(socket: Socket): void {
    if (this.#stopping) {
      socket.destroy();
      return;
    }
    clearTimeout(this.#idle);
    for (const waiting of this.#released) waiting.end();
    this.#released.clear();
    this.#leases.add(socket);
    socket.on('error', () => socket.destroy());
    socket.on('data', () => this.#takeBack(socket, 0));
    socket.on('close', () => this.#takeBack(socket, KILLED_GRACE_MS));
    if (this.#answer) socket.write(line(this.#answer));
  }

  #takeBack(socket: Socket, graceMs: number): void {
    if (!this.#leases.delete(socket)) return;
    if (this.#leases.size > 0) {
      socket.end();
      return;
    }
    this.#released.add(socket);
    // While PostgreSQL starts there is nothing to stop yet; run() looks again when it is up.
    if (this.#cluster) this.#stopAfter(graceMs);
  }

  #tell(answer: Answer): void {
    this.#answer = answer;
    for (const socket of this.#leases) socket.write(line(answer));
  }

  #stopAfter(ms: number): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => void this.#stop(), ms);
  }

  async #watch(): Promise<void> {
    const location = this.#location;
    const cluster = this.#cluster;
    if (this.#stopping || !location || !cluster) return;
    if (!this.#isPublished()) {
      // Another supervisor took the name and attaches to this PostgreSQL; DATA_DIR deleted is the end.
      if (existsSync(location.cluster)) process.exit();
      await this.#stop();
      return;
    }
    const log = logFile(location);
    const logBytes = statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    if (logBytes > MAX_LOG_BYTES) truncateSync(log);
    if (!isPostmaster(cluster.pid, location.cluster)) await this.#revive(location);
  }

  async #revive(location: Location): Promise<void> {
    try {
      if (Date.now() - this.#startedAt < MIN_UPTIME_MS) throw new Error('PostgreSQL keeps ending.');
      await this.#start(location);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#tell({ state: 'failed', reason: error instanceof Error ? error.message : String(error) });
    void this.#stop();
  }

  async #stop(): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    // The name goes first: whoever comes now starts a supervisor that waits for PostgreSQL to be gone.
    if (this.#isPublished()) rmSync(this.#socketPath, { force: true });
    if (this.#cluster && this.#location) await stopPostmaster(this.#cluster, this.#location);
    const sockets = [...this.#leases, ...this.#released];
    await Promise.race([Promise.all(sockets.map(closed)), delay(1_000)]);
    process.exit();
  }
}

async function answers(socketPath: string): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function closed(socket: Socket): Promise<void> {
  if (socket.destroyed) return;
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.end();
  });
}

function line(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

// The leases alone decide how long this process lives, also in a shutdown that signals everyone.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// Its reader, the process that started this one, may be gone.
process.stderr.on('error', () => undefined);
process.chdir('/');
process.umask(0o022);

const [, , dataDir] = process.argv;
if (dataDir === undefined) throw new Error('usage: supervisor <DATA_DIR>');
await new Supervisor(dataDir).run();
