import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import parseRange from 'range-parser';
import { Access } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { sourceContentType } from '../media/content-types.js';
import type { ByteRange } from '../ports/media-storage.js';
import { MediaService, type MediaObject } from './media.service.js';

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  m3u8: 'application/vnd.apple.mpegurl',
  mpd: 'application/dash+xml',
  mp4: 'video/mp4',
  m4s: 'video/iso.segment',
  vtt: 'text/vtt; charset=utf-8',
  jpg: 'image/jpeg',
};

const IMMUTABLE = 'public, max-age=31536000, immutable';
const NOT_SHARED = 'private, no-cache';

/** The bytes of playback: `/media/{token}/{revision}/…`. The token is the sign-in. */
@ApiExcludeController()
@Controller('media')
export class MediaController {
  constructor(private readonly media: MediaService) {}

  @Get(':token/*')
  @Access('public')
  async serve(
    @Param('token') token: string,
    @Param('*') path: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const object = await this.media.find(token, path);
    if (isKnown(request, object)) {
      describe(object, reply);
      await reply.status(304).send();
      return;
    }
    if (grows(object)) {
      // Measured as it is read: it may have grown since it was looked up.
      const playlist = await buffer(await this.media.read(object));
      describe(object, reply);
      await reply.send(playlist);
      return;
    }
    const range = rangeOf(request, reply, object);
    // Fastify drains what a HEAD would answer, and cannot do without a body.
    const content =
      request.method === 'HEAD' ? Readable.from([]) : await this.media.read(object, range);
    // Last of all, so that no failure is told to be kept for a year.
    describe(object, reply);
    if (range) {
      reply.header('content-range', `bytes ${range.start}-${range.end}/${object.sizeBytes}`);
    }
    await reply
      .status(range ? 206 : 200)
      .header('content-length', range ? range.end - range.start + 1 : object.sizeBytes)
      .send(content);
  }
}

function describe(object: MediaObject, reply: FastifyReply): void {
  const { etag, modifiedAt, uploadedAs } = object;
  // Players ignore it; a browser that is led to somebody's file opens nothing of it as a page.
  if (uploadedAs !== undefined) {
    reply.header('content-disposition', `attachment; filename="${uploadedAs}"`);
  }
  reply
    .header('content-type', contentTypeOf(object))
    .header('cache-control', uploadedAs !== undefined || grows(object) ? NOT_SHARED : IMMUTABLE)
    .header('accept-ranges', grows(object) ? 'none' : 'bytes')
    .header('etag', etag)
    .header('last-modified', modifiedAt.toUTCString());
}

function contentTypeOf(object: MediaObject): string {
  if (object.uploadedAs !== undefined) return sourceContentType(object.uploadedAs);
  return CONTENT_TYPES[extensionOf(object)] ?? 'application/octet-stream';
}

function extensionOf({ key }: MediaObject): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

/** True for what is written again and again while a title is encoded. */
function grows(object: MediaObject): boolean {
  return object.uploadedAs === undefined && ['m3u8', 'mpd'].includes(extensionOf(object));
}

/**
 * True when the client holds this version. `Cache-Control` is left out, which speaks to caches:
 * RFC 9110 13.2.2 knows no exception for it.
 */
function isKnown({ headers }: FastifyRequest, { etag }: MediaObject): boolean {
  return fresh({ 'if-none-match': headers['if-none-match'] }, { etag });
}

/** The asked range; a request for several ranges or with a stale `If-Range` gets the whole object. */
function rangeOf(
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
