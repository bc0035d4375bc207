import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { acquireEmbeddedPostgres } from '../../src/infrastructure/database/embedded/embedded-postgres.js';
import { migrate } from '../../src/infrastructure/database/migrate.js';
import { loadTitles } from './catalogue-load.js';
import { median } from './median.js';
import { startServer } from './server.js';
import { requestsPerSecond, SERVER_CORE } from './wrk.js';

const TITLES = 10_000;
const RUNS = 5;
const LIST = '/api/v1/videos';

/** Asks for a list that nobody has asked for before. */
const NEVER_ASKED = `
local asked = math.floor(os.time() % 1000000) * 100000
request = function()
  asked = asked + 1
  return wrk.format(nil, '${LIST}?uploaded_after=' .. os.date('!%Y-%m-%dT%H:%M:%S', asked % 1000000000)
    .. string.format('.%03dZ', asked % 1000))
end`;

/**
 * How many lists of videos one core answers in a second, beside a bare Fastify route that sends the same
 * bytes: one that is asked for again and again, and such as have to be found first. To tell what can be
 * had at all, also beside a bare Nest controller, a bare route that asks the database once, and one that
 * asks it what the server asks for such a list. The database shares the other core with the client.
 */
export async function answers(folder: string): Promise<object> {
  keepTo('1');
  try {
    return await measure(folder);
  } finally {
    keepTo('0-1');
  }
}

async function measure(folder: string): Promise<object> {
  const database = await acquireEmbeddedPostgres({
    dataDir: path.join(folder, 'database'),
    onLost: (reason) => {
      throw new Error(reason);
    },
  });
  await migrate(database.url);
  await loadTitles(database.url, TITLES);
  const settings = {
    DATABASE_URL: database.url,
    SECRET_KEY: 'the bench needs no secret, however long it is',
    READS_PER_MINUTE: '0',
  };
  const server = await startServer(path.join(folder, 'data'), settings, SERVER_CORE);
  const { origin, token } = server.client;
  const { body } = await server.client.get(LIST);
  const file = path.join(folder, 'body.json');
  await writeFile(file, JSON.stringify(body));
  const fastify = await startBare('bare-fastify.mjs', [file, database.url]);
  const nest = await startBare('bare-nest.mjs', [file]);
  const script = path.join(folder, 'never-asked.lua');
  await writeFile(script, NEVER_ASKED);
  const headers = { authorization: `Bearer ${token ?? ''}` };
  const ways = {
    bare: () => requestsPerSecond(fastify.origin),
    nest: () => requestsPerSecond(nest.origin),
    kept: () => requestsPerSecond(origin + LIST, { headers }),
    asked: () => requestsPerSecond(`${fastify.origin}/asked`),
    bare_found: () => requestsPerSecond(fastify.origin, { script }),
    found: () => requestsPerSecond(origin + LIST, { headers, script }),
  };
  const rates: Record<string, number[]> = {};
  try {
    for (let run = 0; run < RUNS; run += 1) {
      for (const [way, ask] of Object.entries(ways)) {
        (rates[way] ??= []).push(await ask());
      }
    }
  } finally {
    fastify.stop();
    nest.stop();
    await server.stop();
    await database.release();
  }
  const bare = rates['bare'] ?? [];
  return {
    runs: RUNS,
    body_bytes: Buffer.byteLength(JSON.stringify(body)),
    ...Object.fromEntries(
      Object.entries(rates).flatMap(([way, runs]) => [
        [`${way}_per_second`, Math.round(median(runs))],
        // Of each run by itself, as the machine may be slower in one of them.
        [`${way}_to_bare`, round(median(runs.map((rate, run) => rate / (bare[run] ?? 0))))],
      ]),
    ),
  };
}

function round(ratio: number): number {
  return Math.round(ratio * 1000) / 1000;
}

/** Of this process and of all that it starts from now on. */
function keepTo(cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)]);
}

async function startBare(script: string, args: readonly string[]) {
  const [program, ...wrapper] = SERVER_CORE;
  const node = [process.execPath, path.join(import.meta.dirname, script)];
  const server = spawn(program, [...wrapper, ...node, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [origin] = (await once(createInterface(server.stdout), 'line')) as [string];
  return { origin, stop: () => server.kill() };
}
