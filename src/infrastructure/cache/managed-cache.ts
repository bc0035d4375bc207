import type { OnApplicationShutdown } from '@nestjs/common';
import { createKeyv } from '@cacheable/memory';
import KeyvRedis, { Keyv } from '@keyv/redis';
import { createCache, type Cache as CacheManager } from 'cache-manager';
import type { CacheConfig } from '../../config/config.js';
import { Cache } from '../../ports/cache.js';

/** In the memory of one process; what was not asked for longest goes first. */
const MOST_VALUES = 1000;

/** By default there are several maps, and each key is hashed to choose one; one holds as many values. */
const ONE_MAP = 1;

/** {@link Cache} on cache-manager: in this process's memory, or in Redis for all processes. */
export class ManagedCache extends Cache implements OnApplicationShutdown {
  private readonly store: CacheManager;

  constructor(config: CacheConfig) {
    super();
    const keyv =
      config.kind === 'redis'
        ? new Keyv(redisStore(config.url))
        : createKeyv({ lruSize: MOST_VALUES, storeHashSize: ONE_MAP });
    this.store = createCache({ stores: [keyv] });
  }

  override wrap<T>(
    key: string,
    ttlSeconds: number | ((value: T) => number),
    load: () => Promise<T>,
  ): Promise<T> {
    const secondsOf = typeof ttlSeconds === 'number' ? () => ttlSeconds : ttlSeconds;
    return this.store.wrap(key, load, (value) => secondsOf(value) * 1000);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.store.disconnect();
  }
}

/** A Redis that is down must cost a moment, never an answer. */
function redisStore(url: string): KeyvRedis<unknown> {
  return new KeyvRedis(
    {
      url,
      disableOfflineQueue: true,
      socket: { connectTimeout: 500, reconnectStrategy: 2000 },
    },
    {
      namespace: 'videoflix',
      throwOnConnectError: false,
      throwOnErrors: false,
      connectionTimeout: 500,
    },
  );
}
