import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Two cores: one for what is measured, one for whoever measures. */
export const SERVER_CORE = ['taskset', '--cpu-list', '0'] as const;
const CLIENT_CORE = ['taskset', '--cpu-list', '1'] as const;

const RUN_SECONDS = 10;
const CONNECTIONS = 16;

interface Load {
  headers?: Readonly<Record<string, string>>;
  /** File in Lua that makes the requests. */
  script?: string;
}

/**
 * Requests a second that a server answers while it is asked by as many connections as it can bear.
 *
 * @throws Error when one of them fails
 */
export async function requestsPerSecond(url: string, load: Load = {}): Promise<number> {
  const [program, ...wrapper] = [...CLIENT_CORE, 'wrk', '--threads', '1'] as const;
  const { stdout } = await promisify(execFile)(program, [
    ...wrapper,
    ...['--connections', String(CONNECTIONS), '--duration', `${RUN_SECONDS}s`],
    ...Object.entries(load.headers ?? {}).flatMap(([name, value]) => [
      '--header',
      `${name}: ${value}`,
    ]),
    ...(load.script === undefined ? [] : ['--script', load.script]),
    url,
  ]);
  if (/Non-2xx|Socket errors/.test(stdout)) throw new Error(stdout);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]);
}
