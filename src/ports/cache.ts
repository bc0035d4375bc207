/** A cache that may forget anything at any time and never makes a request fail. */
export abstract class Cache {
  /** The value under `key`, or what `load` returns, kept for `ttlSeconds`. Values are JSON. */
  abstract wrap<T>(key: string, ttlSeconds: number, load: () => Promise<T>): Promise<T>;
}
