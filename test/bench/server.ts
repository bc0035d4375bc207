import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client.js';

const ADMIN = { email: 'bench@example.org', password: 'the bench needs no secret' };

/** The built platform in a process of its own, as `npm start` runs it. */
export interface BenchServer {
  pid: number;
  client: Client;
  /** Of the administrator. */
  email: string;
  /** From the start of the process to the first answer. */
  startSeconds: number;
  stop(): Promise<void>;
}

/**
 * Starts the platform without the demo catalogue and signs in as its administrator.
 *
 * @param wrapper a command that starts it, such as `taskset -c 0`
 */
export async function startServer(
  dataDir: string,
  settings: Record<string, string> = {},
  wrapper: readonly string[] = [],
): Promise<BenchServer> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const command = [...wrapper, process.execPath, 'dist/src/main.js', '--no-demo'];
  const server = spawn(command[0] ?? '', command.slice(1), {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      DATA_DIR: dataDir,
      PORT: String(port),
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      ...settings,
    },
  });
  await answering(origin, server);
  const startSeconds = (performance.now() - startedAt) / 1000;
  const { body } = await new Client(origin).post('auth/token', ADMIN);
  return {
    pid: server.pid ?? 0,
    client: new Client(origin, body.access_token),
    email: ADMIN.email,
    startSeconds,
    stop: async () => {
      const ended = once(server, 'exit');
      server.kill('SIGTERM');
      await ended;
    },
  };
}

async function answering(origin: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    const answer = await fetch(`${origin}/healthz`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(10);
  }
  throw new Error(`the server ended with code ${server.exitCode}`);
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  return port;
}
