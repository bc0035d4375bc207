import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import parseRange from 'range-parser';
import { DomainError } from '../common/domain-error.js';
import type { ByteRange } from '../ports/media-storage.js';
import type { MediaObject } from './media.service.js';

/**
 * True when the client holds this version. `Cache-Control` is left out, which speaks to caches:
 * RFC 9110 13.2.2 knows no exception for it.
 */
export function isKnown({ headers }: FastifyRequest, { etag }: MediaObject): boolean {
  return fresh({ 'if-none-match': headers['if-none-match'] }, { etag });
}

/** The asked range; a request for several ranges or with a stale `If-Range` gets the whole object. */
export function rangeOf(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { sizeBytes, etag }: MediaObject,
): ByteRange | undefined {
  const { range, 'if-range': condition } = headers;
  if (range === undefined || (condition !== undefined && condition !== etag)) return undefined;
  // RFC 9110 14.1.2: a suffix longer than the file is all of it, which range-parser does not know.
  const header = range.replace(/^(bytes=-)(\d+)$/, (_, start: string, length: string) => {
    return `${start}${Math.min(Number(length), sizeBytes)}`;
  });
  const ranges = parseRange(sizeBytes, header, { combine: true });
  // RFC 9110 14.2: a range unit or syntax that is not understood is ignored.
  if (ranges === -2 || (ranges !== -1 && ranges.type !== 'bytes')) return undefined;
  if (ranges === -1) {
    reply.header('content-range', `bytes */${sizeBytes}`);
    throw new DomainError('media.range_not_satisfiable', `The file has ${sizeBytes} bytes.`);
  }
  return ranges.length === 1 ? ranges[0] : undefined;
}
