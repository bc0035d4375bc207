import { setTimeout as sleep } from 'node:timers/promises';
import { ManagedCache } from '../../src/infrastructure/cache/managed-cache.js';
import { startRedisServer, type RedisServer } from '../support/redis-server.js';
import { until } from '../support/until.js';

/** What every store behind the cache promises. `open` connects one more process to it. */
function describeCache(open: () => ManagedCache): void {
  let cache: ManagedCache;

  beforeAll(() => {
    cache = open();
  });

  afterAll(() => cache.onApplicationShutdown());

  test('loads a value once while it is fresh', async () => {
    let loads = 0;
    const load = () => Promise.resolve({ loads: (loads += 1), list: ['a', null, 1.5] });
    const first = await cache.wrap('once', 60, load);
    expect(first).toEqual({ loads: 1, list: ['a', null, 1.5] });
    expect(await cache.wrap('once', 60, load)).toEqual(first);
  });

  test('keeps values of different keys apart', async () => {
    const values = await Promise.all(
      ['a', 'b', 'a:b', 'ä'].map((key) => cache.wrap(key, 60, () => Promise.resolve(key))),
    );
    expect(values).toEqual(['a', 'b', 'a:b', 'ä']);
  });

  test('loads a value again when its time is over', async () => {
    let loads = 0;
    const load = () => Promise.resolve((loads += 1));
    expect(await cache.wrap('short', 0.2, load)).toBe(1);
    expect(await cache.wrap('short', 0.2, load)).toBe(1);
    await sleep(300);
    expect(await cache.wrap('short', 0.2, load)).toBe(2);
  });

  test('does not keep a failure', async () => {
    await expect(
      cache.wrap('failing', 60, () => Promise.reject(new Error('database is away'))),
    ).rejects.toThrow('database is away');
    expect(await cache.wrap('failing', 60, () => Promise.resolve('there'))).toBe('there');
  });

  test('asks once for what many want at the same time', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      await sleep(50);
      return 'value';
    };
    const values = await Promise.all(
      Array.from({ length: 10 }, () => cache.wrap('crowd', 60, load)),
    );
    expect([new Set(values).size, loads]).toEqual([1, 1]);
  });
}

describe('a cache in memory', () => {
  describeCache(() => new ManagedCache({ kind: 'memory' }));
});

describe('a cache in Redis', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await startRedisServer();
  });

  describeCache(() => new ManagedCache({ kind: 'redis', url: redis.url }));

  // Defined after, and so run after, the end of the cache that uses it.
  afterAll(() => redis.stop());

  test('is shared by all processes', async () => {
    const [first, second] = [1, 2].map(() => new ManagedCache({ kind: 'redis', url: redis.url }));
    await first?.wrap('shared', 60, () => Promise.resolve('of the first'));
    const value = await second?.wrap('shared', 60, () => Promise.resolve('of the second'));
    expect(value).toBe('of the first');
    await Promise.all([first?.onApplicationShutdown(), second?.onApplicationShutdown()]);
  });

  test('that was never there costs no answer either', async () => {
    const cache = new ManagedCache({ kind: 'redis', url: 'redis://127.0.0.1:1' });
    const began = Date.now();
    expect(await cache.wrap('key', 60, () => Promise.resolve('loaded'))).toBe('loaded');
    expect(Date.now() - began).toBeLessThan(15_000);
    await cache.onApplicationShutdown();
  });

  test('costs a moment and no answer when Redis goes away, and works again when it is back', async () => {
    let own = await startRedisServer();
    const cache = new ManagedCache({ kind: 'redis', url: own.url });
    let loads = 0;
    const load = () => Promise.resolve((loads += 1));
    await cache.wrap('key', 60, load);
    await own.stop();
    const began = Date.now();
    expect(await cache.wrap('key', 60, load)).toBe(2);
    expect(await cache.wrap('key', 60, load)).toBe(3);
    expect(Date.now() - began).toBeLessThan(15_000);
    own = await startRedisServer({ port: own.port });
    await until(async () => {
      const before = loads;
      await cache.wrap('key', 60, load);
      return loads === before;
    });
    await cache.onApplicationShutdown();
    await own.stop();
  });
});
