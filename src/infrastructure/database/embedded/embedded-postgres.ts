import { spawn, type ChildProcess } from 'node:child_process';
import { createConnection, Socket } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { openDataDir, socketPath } from './location.js';
import type { Answer } from './supervisor.js';

export { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** A lease on the PostgreSQL of one DATA_DIR: it runs at least until the lease is released. */
export interface EmbeddedPostgres {
  /** `postgres://…` of the database `videoflix`, on 127.0.0.1. */
  readonly url: string;
  /** Folder that holds the cluster, its password and its log. */
  readonly directory: string;
  /** True when that folder is not DATA_DIR, which the user that runs PostgreSQL cannot enter. */
  readonly relocated: boolean;
  /** Gives the lease back; if it was the last one, resolves when PostgreSQL has stopped. */
  release(): Promise<void>;
}

/**
 * Starts PostgreSQL for `dataDir`, or joins the processes that use it already.
 *
 * A process that ends in any way, also by SIGKILL, gives its lease back. `onLost` is called when
 * the database is gone for good or came back under another URL.
 *
 * @throws EmbeddedPostgresError with one sentence for the person who runs it.
 */
export async function acquireEmbeddedPostgres(options: {
  dataDir: string;
  onLost?: (reason: string) => void;
}): Promise<EmbeddedPostgres> {
  const lease = new Lease(openDataDir(options.dataDir), options.onLost ?? (() => undefined));
  const { url, directory, relocated } = await lease.obtain();
  return { url, directory, relocated, release: () => lease.release() };
}

type Ready = Extract<Answer, { state: 'ready' }>;

const CONNECT_TIMEOUT_MS = 20_000;
const RETRY_MS = 10;

class Lease {
  #socket: Socket | undefined;
  #url: string | undefined;
  #released = false;
  #regained: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataDir: string,
    private readonly onLost: (reason: string) => void,
  ) {}

  /** Asks the supervisor, and starts one whenever none listens. */
  async obtain(): Promise<Ready> {
    const giveUpAt = Date.now() + CONNECT_TIMEOUT_MS;
    let supervisor: Launch | undefined;
    for (;;) {
      const socket = await connect(socketPath(this.dataDir));
      const ready = socket && (await this.#hold(socket));
      if (ready) return ready;
      if (supervisor?.error) throw supervisor.error;
      if (!supervisor || supervisor.ended) supervisor = new Launch(this.dataDir);
      if (Date.now() > giveUpAt) {
        throw new EmbeddedPostgresError(
          `The supervisor of the database in ${this.dataDir} does not answer: end it, or set DATABASE_URL to a PostgreSQL server.`,
        );
      }
      await delay(RETRY_MS);
    }
  }

  async release(): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#regained;
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.ref();
      socket.once('close', () => resolve());
      socket.write('.');
    });
  }

  /** Resolves with the first answer, or with nothing when the supervisor leaves before it. */
  async #hold(socket: Socket): Promise<Ready | undefined> {
    return await new Promise((resolve, reject) => {
      const lines = createInterface({ input: socket });
      // A socket that fails closes as well, and that is what counts.
      lines.on('error', () => undefined);
      socket.on('error', () => undefined);
      socket.once('close', () => resolve(undefined));
      lines.once('line', (line) => {
        const answer = parse(line);
        if (answer.state === 'failed') {
          reject(new EmbeddedPostgresError(answer.reason));
          return;
        }
        this.#socket = socket;
        this.#url ??= answer.url;
        lines.on('line', (change) => this.#heed(parse(change)));
        socket.once('close', () => this.#regain());
        // A lease must not keep a process alive that has nothing left to do.
        socket.unref();
        resolve(answer);
      });
    });
  }

  #heed(answer: Answer): void {
    if (answer.state === 'failed') this.#lose(answer.reason);
    else if (answer.url !== this.#url) this.#lose('PostgreSQL came back on another port.');
  }

  /** The supervisor was killed: another one attaches to the PostgreSQL it left and counts anew. */
  #regain(): void {
    if (this.#released) return;
    this.#regained = this.obtain().then(
      (answer) => this.#heed(answer),
      (error: unknown) => this.#lose(error instanceof Error ? error.message : String(error)),
    );
  }

  #lose(reason: string): void {
    if (this.#released) return;
    this.#released = true;
    this.#socket?.destroy();
    this.onLost(reason);
  }
}

/** A supervisor that was started: it ends well when another one was quicker. */
class Launch {
  readonly #child: ChildProcess;
  #complaint = '';

  constructor(dataDir: string) {
    const entry = path.join(import.meta.dirname, `supervisor${path.extname(import.meta.filename)}`);
    this.#child = spawn(process.execPath, [...loaderFor(entry), entry, dataDir], {
      // A session of its own, so that Ctrl-C in the terminal does not reach it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const { stderr } = this.#child;
    stderr?.on('data', (chunk: Buffer) => (this.#complaint += chunk.toString()));
    this.#child.on('error', (error) => (this.#complaint = error.message));
    if (stderr instanceof Socket) stderr.unref();
    this.#child.unref();
  }

  get ended(): boolean {
    return (
      this.#child.pid === undefined ||
      this.#child.exitCode !== null ||
      this.#child.signalCode !== null
    );
  }

  get error(): EmbeddedPostgresError | undefined {
    if (!this.ended || this.#child.exitCode === 0 || this.#child.signalCode !== null)
      return undefined;
    const reason = this.#complaint.match(/^\w*Error.*: (.+)$/m)?.[1] ?? this.#complaint.trim();
    return new EmbeddedPostgresError(`The supervisor of the database could not start: ${reason}.`);
  }
}

/** Run from the sources, as in tests, the supervisor needs the loader that made this possible. */
function loaderFor(entry: string): string[] {
  return path.extname(entry) === '.ts' ? ['--import', '@swc-node/register/esm-register'] : [];
}

async function connect(socketPath: string): Promise<Socket | undefined> {
  return await new Promise((resolve, reject) => {
    const socket = createConnection(socketPath);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EACCES') resolve(undefined);
      else
        reject(
          new EmbeddedPostgresError(`The database is in use by another user (${socketPath}).`),
        );
    });
  });
}

function parse(line: string): Answer {
  return JSON.parse(line) as Answer;
}
