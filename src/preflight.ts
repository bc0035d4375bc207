import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import type { Config, StorageConfig } from './config/config.js';
import { Redis } from 'ioredis';
import { toolsReport } from './media-tools/tools-version.js';
import { StorageUnavailableError, type MediaStorage } from './ports/media-storage.js';
import type { StoragePair } from './ports/storage-pair.js';
import { StartError } from './start-error.js';

const CONNECT_MILLISECONDS = 5000;

/**
 * Tries what would only fail later, and less clearly.
 *
 * @throws StartError
 */
export async function preflight(config: Config): Promise<void> {
  await checkDataDir(config.dataDir);
  if (config.roles.has('api')) await checkPort(config.host, config.port);
  await checkTools(config.tools);
  if (config.queue.kind === 'redis') await checkRedis(config.queue.url);
}

/**
 * Tries everything the platform asks of its storage, or of both, which makes missing buckets on the way.
 *
 * @throws StartError
 */
export async function checkStorages(
  { current, former }: StoragePair,
  { storage, storageFallback }: Pick<Config, 'storage' | 'storageFallback'>,
): Promise<void> {
  await checkStorage(current, storage);
  if (former && storageFallback) await checkStorage(former, storageFallback);
}

async function checkStorage(storage: MediaStorage, { kind }: StorageConfig): Promise<void> {
  try {
    await storage.selfTest();
  } catch (error) {
    const isAway = error instanceof StorageUnavailableError;
    const setting = kind === 'disk' ? 'DATA_DIR' : isAway ? 'S3_ENDPOINT' : 'S3_BUCKET';
    throw new StartError(`${setting}: ${messageOf(error)}`);
  }
}

async function checkDataDir(dataDir: string): Promise<void> {
  const probe = path.join(dataDir, `.probe-${randomUUID()}`);
  try {
    await mkdir(dataDir, { recursive: true });
    await writeFile(probe, '');
    await rm(probe);
  } catch (error) {
    throw new StartError(`DATA_DIR: ${dataDir} cannot be written to (${codeOf(error)})`);
  }
}

async function checkPort(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
  } catch (error) {
    throw listenError(error, host, port);
  } finally {
    server.close();
  }
}

/** The sentence for an address that cannot be listened on. */
export function listenError(error: unknown, host: string, port: number): StartError {
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return new StartError(
        `PORT: ${port} is taken by another program; stop it or set PORT to a free one`,
      );
    case 'EACCES':
      return new StartError(
        `PORT: ${port} may not be used by this user; set PORT to 1024 or above`,
      );
    default:
      return new StartError(`HOST: cannot listen on ${host} port ${port} (${codeOf(error)})`);
  }
}

async function checkTools(tools: Config['tools']): Promise<void> {
  const { ffmpegPath, ffprobePath } = tools;
  let missing: string[];
  try {
    ({ missing } = await toolsReport(tools));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      `FFMPEG_PATH: ffmpeg (${ffmpegPath}) and ffprobe (${ffprobePath}) are needed: ${reason}`,
    );
  }
  if (missing.length > 0) {
    throw new StartError(`FFMPEG_PATH: ${ffmpegPath} was built without ${missing.join(', ')}`);
  }
}

/** BullMQ would wait for it without end. */
async function checkRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MILLISECONDS,
    retryStrategy: () => null,
  });
  let reason: unknown;
  // The reason comes as an event; the call itself only says that the connection is closed.
  redis.on('error', (error) => (reason ??= error));
  try {
    await redis.connect();
    await redis.ping();
  } catch (error) {
    throw new StartError(`REDIS_URL: ${new URL(url).host} refuses: ${messageOf(reason ?? error)}`);
  } finally {
    redis.disconnect();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || codeOf(error) : String(error);
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
