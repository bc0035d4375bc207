import { setTimeout as sleep } from 'node:timers/promises';
import type { FlexibleRateLimiter } from '../../src/infrastructure/rate-limiter/flexible-rate-limiter.js';
import type { RateLimit } from '../../src/ports/rate-limiter.js';

/** What the counts are kept in. */
export interface CountStore {
  /** Connects one more process to the store. */
  connect(): Promise<FlexibleRateLimiter>;
  /** All that can be read in the store. */
  read(): Promise<string>;
}

const ADDRESS = '203.0.113.7';
const NOTHING_USED = { allowed: true, used: 0, remaining: 3, resetSeconds: 0 };

let limits = 0;

/** Three in a minute, apart from what other tests count. */
function threeUses(options: Partial<RateLimit> = {}): RateLimit {
  return { name: `limit-${(limits += 1)}`, points: 3, seconds: 60, ...options };
}

/**
 * What every adapter of `RateLimiter` promises.
 *
 * @param store is opened once for all tests
 */
export function describeRateLimiter(name: string, store: () => CountStore): void {
  describe(name, () => {
    let limiter: FlexibleRateLimiter;
    let other: FlexibleRateLimiter;

    beforeAll(async () => {
      limiter = await store().connect();
      other = await store().connect();
    });

    afterAll(() => [limiter, other].forEach((one) => one.onApplicationShutdown()));

    test('counts uses, and refuses those beyond the limit', async () => {
      const limit = threeUses();
      const states = [];
      for (let use = 1; use <= 5; use += 1) states.push(await limiter.consume(limit, ADDRESS));
      expect(states.map(({ allowed, used, remaining }) => [allowed, used, remaining])).toEqual([
        [true, 1, 2],
        [true, 2, 1],
        [true, 3, 0],
        [false, 4, 0],
        [false, 5, 0],
      ]);
      expect(await limiter.look(limit, ADDRESS)).toMatchObject({ allowed: false, used: 5 });
    });

    test('looks without counting', async () => {
      const limit = threeUses();
      expect(await limiter.look(limit, ADDRESS)).toEqual(NOTHING_USED);
      const used = await limiter.consume(limit, ADDRESS);
      expect(await limiter.look(limit, ADDRESS)).toEqual(used);
      expect(await limiter.look(limit, ADDRESS)).toEqual(used);
    });

    test('tells after how many seconds the count begins anew', async () => {
      const limit = threeUses();
      const first = await limiter.consume(limit, ADDRESS);
      expect(first.resetSeconds).toBeGreaterThan(58);
      expect(first.resetSeconds).toBeLessThanOrEqual(60);
      await sleep(1100);
      const second = await limiter.consume(limit, ADDRESS);
      expect(second.resetSeconds).toBeLessThan(first.resetSeconds);
    });

    test('begins anew when the time since the first use is over', async () => {
      const limit = threeUses({ points: 1, seconds: 2 });
      await limiter.consume(limit, ADDRESS);
      await sleep(1000);
      expect(await limiter.consume(limit, ADDRESS)).toMatchObject({ allowed: false, used: 2 });
      await sleep(1200);
      expect(await limiter.look(limit, ADDRESS)).toMatchObject({ used: 0, resetSeconds: 0 });
      expect(await limiter.consume(limit, ADDRESS)).toMatchObject({ allowed: true, used: 1 });
    });

    test('blocks a key for as long as it is told to, whatever was counted', async () => {
      const limit = threeUses();
      await limiter.block(limit, ADDRESS, 2);
      const blocked = { allowed: false, remaining: 0, resetSeconds: 2 };
      expect(await limiter.look(limit, ADDRESS)).toMatchObject(blocked);
      expect(await limiter.consume(limit, ADDRESS)).toMatchObject(blocked);
      expect(await limiter.consume(limit, 'somebody else')).toMatchObject({ used: 1 });
      await sleep(2200);
      expect(await limiter.consume(limit, ADDRESS)).toMatchObject({ allowed: true, used: 1 });
    });

    test('blocks longer than the limit lasts, and not shorter than a second', async () => {
      const limit = threeUses({ seconds: 1 });
      await limiter.block(limit, ADDRESS, 600);
      expect((await limiter.look(limit, ADDRESS)).resetSeconds).toBeGreaterThan(590);
      await limiter.block(limit, ADDRESS, 0.1);
      expect(await limiter.look(limit, ADDRESS)).toMatchObject({ allowed: false, resetSeconds: 1 });
    });

    test('forgets what was counted, and a block', async () => {
      const limit = threeUses();
      await limiter.consume(limit, ADDRESS);
      await limiter.forget(limit, ADDRESS);
      expect(await limiter.look(limit, ADDRESS)).toEqual(NOTHING_USED);
      await limiter.block(limit, ADDRESS, 60);
      await limiter.forget(limit, ADDRESS);
      expect(await limiter.look(limit, ADDRESS)).toEqual(NOTHING_USED);
      await limiter.forget(limit, 'never counted');
    });

    test('keeps different limits and different keys apart', async () => {
      const [limit, otherLimit] = [threeUses(), threeUses()];
      const keys = ['', 'a', 'A', 'a:b', 'ä', ADDRESS, 'x'.repeat(5000)];
      for (const key of keys) await limiter.consume(limit, key);
      for (const key of keys) {
        expect(await limiter.look(limit, key)).toMatchObject({ used: 1 });
        expect(await limiter.look(otherLimit, key)).toMatchObject({ used: 0 });
      }
    });

    test('agrees with other processes', async () => {
      const limit = threeUses();
      await limiter.consume(limit, ADDRESS);
      expect(await other.consume(limit, ADDRESS)).toMatchObject({ used: 2 });
      await limiter.block(limit, ADDRESS, 60);
      expect(await other.look(limit, ADDRESS)).toMatchObject({ allowed: false });
      await other.forget(limit, ADDRESS);
      expect(await limiter.look(limit, ADDRESS)).toEqual(NOTHING_USED);
    });

    test('counts each of many uses at the same moment', async () => {
      const limit = threeUses({ points: 20 });
      const states = await Promise.all(
        Array.from({ length: 50 }, (_, at) => (at % 2 ? other : limiter).consume(limit, ADDRESS)),
      );
      const counts = states.map(({ used }) => used).sort((a, b) => a - b);
      expect(counts).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
      expect(states.filter(({ allowed }) => allowed)).toHaveLength(20);
      expect(await limiter.look(limit, ADDRESS)).toMatchObject({ used: 50, remaining: 0 });
    });

    test('keeps no key that somebody could read', async () => {
      const limit = threeUses();
      await limiter.consume(limit, 'ada@example.org');
      await limiter.block(limit, ADDRESS, 60);
      const stored = await store().read();
      expect(stored).toContain(limit.name);
      for (const secret of ['ada', 'example', ADDRESS]) expect(stored).not.toContain(secret);
    });
  });
}
