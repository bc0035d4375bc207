import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Transform } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { malformed } from './sigv4/malformed.js';
import { EMPTY_SHA256, type SignedRequest } from './sigv4/signed-request.js';

const DIGESTS = new WeakMap<IncomingMessage, string>();

/** Hashes the JSON of signed requests on its way to the parser; nothing is kept of it. */
export function digestSignedBodies(server: FastifyInstance): void {
  server.addHook('preParsing', (request, _, payload, done) => {
    if (!isSignedJson(request)) {
      done(null, payload);
      return;
    }
    const hash = createHash('sha256');
    const digesting = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        next(null, chunk);
      },
      flush(next) {
        DIGESTS.set(request.raw, hash.digest('hex'));
        next();
      },
    });
    payload.on('error', (error: Error) => digesting.destroy(error));
    done(null, payload.pipe(digesting));
  });
}

/**
 * The body of a request whose parser has run.
 * @throws DomainError `auth.malformed_signature` when there is one that nobody has read
 */
export function bodyOf({ raw, headers }: FastifyRequest): SignedRequest['body'] {
  const digest = DIGESTS.get(raw);
  if (digest !== undefined) return { sha256: digest, isEmpty: digest === EMPTY_SHA256 };
  const length = headers['content-length'];
  if (headers['transfer-encoding'] === undefined && (length === undefined || /^0+$/.test(length))) {
    return { sha256: EMPTY_SHA256, isEmpty: true };
  }
  throw malformed('The body of a signed request is JSON, and GET has none.');
}

/** What other parsers read they take from the connection, and a GET's body nobody reads at all. */
function isSignedJson({ method, headers, url }: FastifyRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return false;
  if (!/^application\/json\s*(;|$)/i.test(headers['content-type'] ?? '')) return false;
  return /^AWS4/i.test(headers.authorization ?? '') || url.includes('X-Amz-Signature=');
}
