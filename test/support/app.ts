import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ConsoleLogger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import PostalMime from 'postal-mime';
import { loadConfig, type Config } from '../../src/config/config.js';
import { createApp } from '../../src/create-app.js';
import { createDatabase } from './database.js';

/** The whole platform in this process, on a database and a data folder of its own. */
export interface TestApp {
  app: NestFastifyApplication;
  config: Config;
  dataDir: string;
  /** `http://127.0.0.1:{port}` */
  origin: string;
  databaseUrl: string;
  /** Ends the application, and lets its traces disappear. */
  close(): Promise<void>;
}

/** A database and a data folder, which may outlast the apps that work on them. */
export interface Ground {
  databaseUrl: string;
  dataDir: string;
  remove(): Promise<void>;
}

/** Starts every role, on a free port unless `settings`, environment variables, name one. */
export async function startApp(settings: Record<string, string> = {}): Promise<TestApp> {
  const ground = await createGround();
  const app = await startAppOn(ground, settings);
  return {
    ...app,
    close: async () => {
      await app.close();
      await ground.remove();
    },
  };
}

export async function createGround(): Promise<Ground> {
  const database = await createDatabase();
  const dataDir = await mkdtemp(path.join(await realpath(tmpdir()), 'videoflix-app-'));
  return {
    databaseUrl: database.url,
    dataDir,
    remove: async () => {
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Starts an app where another one was, or still is: closing it leaves the ground as it is. */
export async function startAppOn(
  { databaseUrl, dataDir }: Pick<Ground, 'databaseUrl' | 'dataDir'>,
  settings: Record<string, string> = {},
): Promise<TestApp> {
  const config = loadConfig({
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    SECRET_KEY: 'a secret of thirty-two characters',
    ENCODE_PRESET: 'ultrafast',
    LOGINS_PER_MINUTE: '10000',
    DEMOS_PER_HOUR: '10000',
    LINKS_PER_HOUR: '10000',
    READS_PER_MINUTE: '0',
    ANONYMOUS_READS_PER_MINUTE: '0',
    ...settings,
  });
  const app = await createApp(config, {
    databaseUrl,
    projectRoot: process.cwd(),
    // What is answered with 500 has its reason nowhere else.
    logger: new ConsoleLogger({ logLevels: ['error', 'fatal'] }),
  });
  await app.listen(Number(settings['PORT'] ?? 0), '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return { app, config, dataDir, origin, databaseUrl, close: () => app.close() };
}

/** Mails in `DATA_DIR/mail` to one address, oldest first. */
export async function mailsTo(dataDir: string, address: string) {
  const folder = path.join(dataDir, 'mail');
  const names = await readdir(folder).catch(() => []);
  const mails = await Promise.all(
    names
      .filter((name) => name.endsWith('.eml'))
      .sort()
      .map(async (name) => PostalMime.parse(await readFile(path.join(folder, name)))),
  );
  return mails.filter((mail) => mail.to?.some((to) => to.address === address));
}
