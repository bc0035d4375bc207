import { ConsoleLogger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module.js';
import { loadConfig, type Config } from '../config/config.js';
import { migrate } from '../infrastructure/database/migrate.js';
import { openDatabase } from '../infrastructure/database/open-database.js';

/** A command failed for a reason the person who ran it can do something about. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** Runs `work` with the database of the settings, started or joined for that long. */
export async function withDatabase<T>(
  work: (url: string, config: Config) => Promise<T>,
): Promise<T> {
  const config = loadConfig();
  const database = await openDatabase(config, (reason) => {
    console.error(`The database is gone: ${reason}`);
    process.exit(1);
  });
  try {
    return await work(database.url, config);
  } finally {
    await database.close();
  }
}

/** Runs `work` with the application's services; no HTTP server, no worker, no scheduler. */
export async function withServices<T>(
  work: (services: INestApplicationContext, config: Config) => Promise<T>,
): Promise<T> {
  return withDatabase(async (url, config) => {
    // The embedded database belongs to this installation alone: a command may be the first to use it.
    if (config.database.kind === 'embedded') await migrate(url);
    const services = await NestFactory.createApplicationContext(
      AppModule.forCommands(config, url),
      {
        // Standard output is for what the command prints.
        logger: new ConsoleLogger({ logLevels: ['error', 'fatal'], forceConsole: true }),
        abortOnError: false,
      },
    );
    try {
      return await work(services, config);
    } finally {
      await services.close();
    }
  });
}
