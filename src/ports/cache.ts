/** A cache that may forget anything at any time and never makes a request fail. */
export abstract class Cache {
  /**
   * The value under `key`, or what `load` returns, which is kept. Values are JSON.
   *
   * @param ttlSeconds for how long, or what tells it of the value
   */
  abstract wrap<T>(
    key: string,
    ttlSeconds: number | ((value: T) => number),
    load: () => Promise<T>,
  ): Promise<T>;
}
