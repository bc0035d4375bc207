import { RateLimiterPostgres } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import { COUNT_ONLY, FlexibleRateLimiter } from './flexible-rate-limiter.js';

const TABLE = 'rate_limits';
const CLEARING_MILLISECONDS = 10 * 60_000;

/** Counts in the table `rate_limits`, from which those whose time is over are cleared. */
export function postgresRateLimiter(
  dataSource: DataSource,
  { clearingMilliseconds = CLEARING_MILLISECONDS } = {},
): FlexibleRateLimiter {
  const counts = new RateLimiterPostgres({
    ...COUNT_ONLY,
    storeClient: dataSource,
    storeType: 'typeorm',
    tableName: TABLE,
    tableCreated: true,
    keyPrefix: '',
    // The package's own timer cannot be stopped.
    clearExpiredByTimeout: false,
  });
  const timer = setInterval(() => void clearExpired(dataSource), clearingMilliseconds).unref();
  return new FlexibleRateLimiter(counts, () => clearInterval(timer));
}

async function clearExpired(dataSource: DataSource): Promise<void> {
  try {
    await dataSource.query(`DELETE FROM ${TABLE} WHERE expire <= $1`, [Date.now()]);
  } catch {
    // Nobody counts what has expired, and the next time comes.
  }
}
