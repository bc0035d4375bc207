import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A running Redis with nothing in it. */
export interface RedisServer {
  /** `redis://127.0.0.1:{port}` */
  url: string;
  port: number;
  /** Ends the server and forgets what it held. */
  stop(): Promise<void>;
}

const PROGRAMS = ['redis-server', 'valkey-server'];
const START_ATTEMPTS = 3;

/** Linux ends the server as soon as the process that started it is gone, however that happened. */
const DIE_WITH_PARENT =
  process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'KILL', '--'] : [];

/**
 * Starts Redis on the loopback interface, on a free port unless one is asked for. It writes nothing
 * to disk.
 *
 * @throws Error that says what to install when there is no Redis, or what it logged when it does
 * not start
 */
export async function startRedisServer(options: { port?: number } = {}): Promise<RedisServer> {
  const program = findProgram();
  const folder = await mkdtemp(path.join(tmpdir(), 'videoflix-redis-'));
  try {
    return await start(program, folder, options.port, START_ATTEMPTS);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function findProgram(): string {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).concat('/usr/sbin', '/sbin');
  const files = PROGRAMS.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  const program = files.find(isExecutable);
  if (program !== undefined) return program;
  throw new Error(
    'These tests run against a real Redis, and redis-server cannot be found: apt-get install redis-server',
  );
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function start(
  program: string,
  folder: string,
  wantedPort: number | undefined,
  attempts: number,
): Promise<RedisServer> {
  const port = wantedPort ?? (await freePort());
  const [command = program, ...args] = [
    ...DIE_WITH_PARENT,
    ...[program, '--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder],
    ...['--save', '', '--appendonly', 'no'],
  ];
  const server = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const { ready, log } = await firstWords(server);
  if (ready) {
    return {
      url: `redis://127.0.0.1:${port}`,
      port,
      stop: async () => {
        await kill(server);
        await rm(folder, { recursive: true, force: true });
      },
    };
  }
  await kill(server);
  // Somebody may have taken the port between its choice and its use.
  if (attempts > 1 && log.includes('in use'))
    return start(program, folder, wantedPort, attempts - 1);
  throw new Error(`Redis did not start:\n${log}`);
}

/** What the server logs until it accepts connections or ends. */
async function firstWords(server: ChildProcess): Promise<{ ready: boolean; log: string }> {
  const lines: string[] = [];
  return new Promise((resolve) => {
    const end = (ready: boolean) => resolve({ ready, log: lines.join('\n') });
    for (const stream of [server.stdout, server.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (line.includes('Ready to accept connections')) end(true);
      });
    }
    server.once('error', (error) => {
      lines.push(error.message);
      end(false);
    });
    server.once('close', () => end(false));
  });
}

async function kill(server: ChildProcess): Promise<void> {
  if (server.pid === undefined || server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
