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
const RUNS = 3;
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
 * bytes: one that is asked for again and again, and such as have to be found first. The database shares
 * the other core with the client.
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
  const { headers, body } = await server.client.get(LIST);
  const bare = await startBare(folder, JSON.stringify(body));
  const script = path.join(folder, 'never-asked.lua');
  await writeFile(script, NEVER_ASKED);
  const authorization = `Bearer ${token ?? ''}`;
  const rates: Record<'bare' | 'kept' | 'found', number[]> = { bare: [], kept: [], found: [] };
  try {
    for (let run = 0; run < RUNS; run += 1) {
      rates.bare.push(await requestsPerSecond(bare.origin));
      rates.kept.push(await requestsPerSecond(origin + LIST, { headers: { authorization } }));
      rates.found.push(
        await requestsPerSecond(origin + LIST, { headers: { authorization }, script }),
      );
    }
  } finally {
    bare.stop();
    await server.stop();
    await database.release();
  }
  const [plain, kept, found] = [median(rates.bare), median(rates.kept), median(rates.found)];
  const ratio = (value: number) => Math.round((value / plain) * 1000) / 1000;
  return {
    runs: RUNS,
    body_bytes: Buffer.byteLength(JSON.stringify(body)),
    etag: headers.get('etag') !== null,
    bare_per_second: Math.round(plain),
    kept_per_second: Math.round(kept),
    kept_to_bare: ratio(kept),
    found_per_second: Math.round(found),
    found_to_bare: ratio(found),
  };
}

/** Of this process and of all that it starts from now on. */
function keepTo(cores: string): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(process.pid)]);
}

async function startBare(folder: string, body: string) {
  const file = path.join(folder, 'body.json');
  await writeFile(file, body);
  const [program, ...args] = [
    ...SERVER_CORE,
    process.execPath,
    'test/bench/bare-fastify.mjs',
  ] as const;
  const server = spawn(program, [...args, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [origin] = (await once(createInterface(server.stdout), 'line')) as [string];
  return { origin, stop: () => server.kill() };
}
