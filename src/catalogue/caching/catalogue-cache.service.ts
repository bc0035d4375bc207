import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Cache } from '../../ports/cache.js';
import { freshFor } from './freshness.js';

/** Seconds for which each kind of finding is kept, if the catalogue does not change before. */
export const KEPT_SECONDS = { lists: 15 * 60, recent: 10 * 60, metadata: 60 * 60 } as const;

/** What was found in the catalogue, shared by all who may see the same of it. */
@Injectable()
export class CatalogueCache {
  constructor(private readonly cache: Cache) {}

  /**
   * What `find` finds, or found for the same question since the catalogue changed last.
   *
   * @param generation of the catalogue, when the request came
   * @param question all that the finding depends on beside the catalogue, first of all its name
   * @param find gives plain values, which are the same for everybody who asks this question
   */
  async keep<T>(
    kind: keyof typeof KEPT_SECONDS,
    generation: string,
    question: readonly [name: string, ...details: unknown[]],
    find: () => Promise<T>,
  ): Promise<T> {
    // The generation in the key makes an entry of an older catalogue unreachable at once.
    const hash = createHash('sha256').update(JSON.stringify(question)).digest('base64url');
    const key = `catalogue:${generation}:${hash}`;
    return this.cache.wrap(
      key,
      (found) => freshFor(JSON.stringify(found), KEPT_SECONDS[kind]),
      find,
    );
  }
}
