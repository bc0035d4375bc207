import type { FastifyReply } from 'fastify';

/**
 * Aborted once nobody waits for the answer any more. Fastify's own signal is of no use here: it
 * follows the request, whose stream also closes when its body has arrived.
 */
export function clientGone({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController();
  raw.once('close', () => gone.abort());
  return gone.signal;
}
