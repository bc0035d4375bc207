import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from './until.js';

const MAIN = path.resolve('dist/src/main.js');
const CLI = path.resolve('dist/src/cli/main.js');

/** How a process ended and what it said. */
export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Makes a folder that the user who runs PostgreSQL may enter. */
export function makeFolder(): string {
  const folder = mkdtempSync(path.join(realpathSync(tmpdir()), 'videoflix-run-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** The environment of a process that inherits no setting from this one. */
export function environment(settings: Record<string, string>): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '' } = process.env;
  return { PATH, HOME, LC_ALL: 'C.UTF-8', ...settings };
}

/** Runs one management command of the built CLI to its end; `input` is what it may read. */
export function manage(
  args: readonly string[],
  settings: Record<string, string>,
  input = '',
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { env: environment(settings), timeout: 240_000 };
    const child = execFile(process.execPath, [CLI, ...args], options, (_, stdout, stderr) => {
      resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}

/** The built server in a process of its own. */
export class ServerProcess {
  stdout = '';
  stderr = '';
  readonly origin: string;
  private readonly child: ChildProcess;
  private readonly ended: Promise<unknown>;

  constructor(
    settings: Record<string, string> & { PORT: string },
    args: readonly string[] = ['--no-demo'],
  ) {
    this.origin = `http://127.0.0.1:${settings.PORT}`;
    this.child = spawn(process.execPath, [MAIN, ...args], {
      env: environment({ HOST: '127.0.0.1', ...settings }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = once(this.child, 'close');
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Resolves when the banner is out, which is when the server listens. */
  async listening(): Promise<this> {
    await until(
      () => {
        if (this.hasEnded) throw new Error(`the server ended: ${this.stderr}${this.stdout}`);
        return /^ {2}Stop .*$/m.test(this.stdout);
      },
      { what: 'the banner' },
    );
    return this;
  }

  async end(): Promise<Ended> {
    await this.ended;
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr };
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    if (!this.hasEnded) this.child.kill(signal);
    return this.end();
  }

  private get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return String(port);
}

/** Command lines of the living processes that work in a folder or name it. */
export function processesAt(folder: string): string[] {
  return processes()
    .filter(({ args, cwd }) => args.includes(folder) || `${cwd}/`.startsWith(`${folder}/`))
    .map(({ args }) => args);
}

/** Command lines of the living processes that hold a text. */
export function processesSaying(text: string): string[] {
  return processes()
    .map(({ args }) => args)
    .filter((args) => args.includes(text));
}

function processes(): { args: string; cwd: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({
      args: look(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()),
      cwd: look(() => readlinkSync(`/proc/${pid}/cwd`)),
    }))
    .filter(({ args }) => args !== '');
}

/** Nothing of a process that ended in between, only waits to be reaped, or is not ours to look into. */
function look(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
