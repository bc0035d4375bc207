import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible';
import { COUNT_ONLY, FlexibleRateLimiter } from './flexible-rate-limiter.js';

/** After so long without an answer, Redis counts as away. */
const PATIENCE_MILLISECONDS = 500;
const RECONNECT_MILLISECONDS = 1000;

/** Counts in Redis; while that is away, each process counts by itself. */
export async function redisRateLimiter(url: string): Promise<FlexibleRateLimiter> {
  const connection = new Redis(url, {
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    // Who waits for Redis to come back makes people wait.
    enableOfflineQueue: false,
    connectTimeout: PATIENCE_MILLISECONDS,
    commandTimeout: PATIENCE_MILLISECONDS,
    disconnectTimeout: PATIENCE_MILLISECONDS,
    retryStrategy: () => RECONNECT_MILLISECONDS,
  });
  reportAbsence(connection);
  const counts = new RateLimiterRedis({
    ...COUNT_ONLY,
    storeClient: connection,
    keyPrefix: 'videoflix-limit',
    insuranceLimiter: new RateLimiterMemory(COUNT_ONLY),
  });
  // The first counts belong into Redis, too; when it is away, the connection keeps trying.
  await connection.connect().catch(() => undefined);
  return new FlexibleRateLimiter(counts, () => connection.disconnect());
}

/** Says once that Redis is away, not at every attempt to reach it. */
function reportAbsence(connection: Redis): void {
  const logger = new Logger('RateLimiter');
  let isAway = false;
  connection.on('ready', () => {
    isAway = false;
  });
  connection.on('error', (error: Error) => {
    if (!isAway) logger.warn(`each process counts by itself until Redis is back: ${error.message}`);
    isAway = true;
  });
}
