import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { median } from './median.js';

/** Medians in milliseconds of how long an answer takes, by whether the address is known. */
export interface Timing {
  knownMilliseconds: number;
  unknownMilliseconds: number;
}

const PASSWORD = 'the bench needs no secret';
const WARM_UP = 10;
const SETTLE_MILLISECONDS = 25;

type Ask = (email: string, headers: Record<string, string>) => Promise<unknown>;

/**
 * Asks about a known and about an unknown address by turns, so that whatever slows the machine down
 * slows both. Each request comes from an address of its own, so that no limit is met.
 *
 * @param known an address with an active account
 */
export async function accountTimings(
  client: Client,
  known: string,
  rounds: number,
): Promise<Record<string, Timing>> {
  const asks: Record<string, Ask> = {
    register: (email, headers) =>
      client.post('auth/register', { email, password: PASSWORD }, headers),
    login: (email, headers) => client.post('auth/login', { email, password: 'wrong' }, headers),
    forgot: (email, headers) => client.post('auth/password/forgot', { email }, headers),
    resend: (email, headers) => client.post('auth/activation/resend', { email }, headers),
  };
  const timings: Record<string, Timing> = {};
  for (const [name, ask] of Object.entries(asks))
    timings[name] = await timingOf(ask, known, rounds);
  return timings;
}

async function timingOf(ask: Ask, known: string, rounds: number): Promise<Timing> {
  const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
  for (let round = -WARM_UP; round < rounds; round += 1) {
    // Whoever comes second may find warmer caches: they take turns in that, too.
    const order =
      round % 2 === 0 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const);
    for (const kind of order) {
      const email = kind === 'known' ? known : `${randomUUID()}@example.org`;
      const headers = { 'x-forwarded-for': someAddress() };
      // What the request before has left to do in the background is not this one's time.
      await sleep(SETTLE_MILLISECONDS);
      const startedAt = performance.now();
      await ask(email, headers);
      if (round >= 0) times[kind].push(performance.now() - startedAt);
    }
  }
  return {
    knownMilliseconds: median(times.known),
    unknownMilliseconds: median(times.unknown),
  };
}

function someAddress(): string {
  const byte = () => Math.floor(Math.random() * 254) + 1;
  return `10.${byte()}.${byte()}.${byte()}`;
}
