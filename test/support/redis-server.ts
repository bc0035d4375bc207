import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';

/** A running Redis with nothing in it. */
export interface RedisServer {
  /** `redis://127.0.0.1:{port}` */
  url: string;
  /** Ends the server and forgets what it held. */
  stop(): Promise<void>;
}

const START_ATTEMPTS = 3;

/**
 * Starts `redis-server` on a free port of the loopback interface. It writes nothing to disk, and
 * Linux ends it as soon as the process that started it is gone, however that happened.
 *
 * @throws Error that says what to install when there is no Redis, or what it said when it did not
 * start
 */
export async function startRedisServer(): Promise<RedisServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'videoflix-redis-'));
  try {
    return await start(folder, START_ATTEMPTS);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function start(folder: string, attempts: number): Promise<RedisServer> {
  const port = await freePort();
  const arguments_ = ['--bind', '127.0.0.1', '--port', `${port}`, '--dir', folder];
  const nothingOnDisk = ['--save', '', '--appendonly', 'no'];
  const server = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'redis-server', ...arguments_, ...nothingOnDisk],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = await firstWords(server);
  if (said.ready) {
    return {
      url: `redis://127.0.0.1:${port}`,
      stop: async () => {
        await kill(server);
        await rm(folder, { recursive: true, force: true });
      },
    };
  }
  await kill(server);
  // Somebody may have taken the port between its choice and its use.
  if (attempts > 1 && said.log.includes('in use')) return start(folder, attempts - 1);
  throw new Error(
    'The tests run against a real Redis, and redis-server did not start; ' +
      `if it is missing: apt-get install redis-server\n${said.log}`,
  );
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
  server.kill('SIGKILL');
  await once(server, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
