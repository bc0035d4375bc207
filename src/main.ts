import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { banner } from './banner.js';
import { loadConfig, type Config } from './config/config.js';
import { createApp } from './create-app.js';
import { firstStart } from './first-start.js';
import { migrate } from './infrastructure/database/migrate.js';
import { openDatabase, type OpenDatabase } from './infrastructure/database/open-database.js';
import { StoragePair } from './ports/storage-pair.js';
import { checkStorages, listenError, preflight } from './preflight.js';
import { QuietStartLogger } from './quiet-start-logger.js';
import { isStartProblem, StartError } from './start-error.js';

/** From dist/src/main.js to the folder of the package. */
const PROJECT_ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** How long a shutdown may take before it is cut short. */
const SHUTDOWN_MILLISECONDS = 15_000;

/**
 * V8 lets a heap that it finds busy grow by a tenth, which the bytes of an upload fill within milliseconds: it
 * could mark eighty megabytes some twenty times for each gibibyte, at three times the processor time.
 */
const HEAP_GROWTH_PERCENT = 100;

const USAGE = `Usage: npm start [-- options]

Serves the API, the web app, the worker and the scheduler until Ctrl-C.

Options:
  --no-demo   do not load the demo catalogue on the first start
  --help      show this help

Settings come from the environment; the README lists them.`;

async function main(): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`);
  const { help, demo } = parseCommandLine();
  if (help) {
    console.log(USAGE);
    return;
  }
  const config = loadConfig();
  await preflight(config);
  const database = await openDatabase(config, (reason) => {
    fail(new StartError(`The database is gone: ${reason}`));
  });
  try {
    await serve(config, database, demo && !config.production);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function parseCommandLine(): { help: boolean; demo: boolean } {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: 'boolean', default: false },
        demo: { type: 'boolean', default: true },
      },
      allowNegative: true,
    });
    return values;
  } catch (error) {
    const [complaint] = error instanceof Error ? error.message.split('. ') : [String(error)];
    throw new StartError(`${complaint}: --help lists the options`);
  }
}

async function serve(config: Config, database: OpenDatabase, demo: boolean): Promise<void> {
  await migrate(database.url);
  const app = await createApp(config, {
    databaseUrl: database.url,
    projectRoot: PROJECT_ROOT,
    logger: new QuietStartLogger({ json: config.production }),
  });
  await checkStorages(app.get(StoragePair), config);
  const admin = await firstStart(app, config, { demo });
  await app.init();
  if (config.roles.has('api')) {
    await app.listen(config.port, config.host).catch((error: unknown) => {
      throw listenError(error, config.host, config.port);
    });
  }
  // Whoever has read the banner may stop it at once.
  stopOnSignal(async () => {
    await app.close();
    await database.close();
  });
  console.log(banner(config, { admin, databaseAt: database.relocatedTo }));
}

/** The first signal ends everything in order; the second one ends it now. */
function stopOnSignal(stop: () => Promise<void>): void {
  let stopping = false;
  const onSignal = () => {
    if (stopping) process.exit(1);
    stopping = true;
    console.log('Stopping…');
    setTimeout(() => process.exit(1), SHUTDOWN_MILLISECONDS).unref();
    stop().then(() => process.exit(0), fail);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
}

function fail(error: unknown): never {
  const known = isStartProblem(error);
  console.error(known ? `videoflix: ${error.message}` : error);
  process.exit(1);
}

main().catch(fail);
