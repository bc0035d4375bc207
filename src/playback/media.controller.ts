import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import fresh from 'fresh';
import parseRange from 'range-parser';
import { Access } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
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
    describe(object, reply);
    if (fresh(request.headers, { etag: object.etag })) {
      await reply.status(304).send();
      return;
    }
    const range = rangeOf(request, object);
    if (range) {
      reply.header('content-range', `bytes ${range.start}-${range.end}/${object.sizeBytes}`);
    }
    reply
      .status(range ? 206 : 200)
      .header('content-length', range ? range.end - range.start + 1 : object.sizeBytes);
    await reply.send(request.method === 'HEAD' ? null : await this.media.read(object, range));
  }
}

function describe({ key, etag, modifiedAt }: MediaObject, reply: FastifyReply): void {
  const extension = key.slice(key.lastIndexOf('.') + 1);
  const grows = extension === 'm3u8' || extension === 'mpd';
  reply
    .header('content-type', CONTENT_TYPES[extension] ?? 'application/octet-stream')
    .header('cache-control', grows ? 'private, no-cache' : IMMUTABLE)
    .header('accept-ranges', 'bytes')
    .header('etag', etag)
    .header('last-modified', modifiedAt.toUTCString());
}

/** The asked range; a request for several ranges or with a stale `If-Range` gets the whole object. */
function rangeOf(
  { headers }: FastifyRequest,
  { sizeBytes, etag }: MediaObject,
): ByteRange | undefined {
  const { range: header, 'if-range': condition } = headers;
  if (header === undefined || (condition !== undefined && condition !== etag)) return undefined;
  const ranges = parseRange(sizeBytes, header, { combine: true });
  // RFC 9110 14.2: a range unit or syntax that is not understood is ignored.
  if (ranges === -2) return undefined;
  if (ranges === -1) {
    throw new DomainError('media.range_not_satisfiable', `The file has ${sizeBytes} bytes.`);
  }
  return ranges.length === 1 ? ranges[0] : undefined;
}
