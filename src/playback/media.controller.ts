import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '../common/access.js';
import { DirectDownloads, type Detour } from '../ports/direct-downloads.js';
import { foundOr, type ByteRange, type OpenedObject } from '../ports/media-storage.js';
import { cacheControlOf, describe, dispositionOf, grows, typeOf } from './media-headers.js';
import { isKnown, rangeOf } from './media-requests.js';
import { mediaNotFound, MediaService, type MediaObject, type MediaPlace } from './media.service.js';

/**
 * The bytes of playback: `/media/{token}/{revision}/…`. The token is the sign-in. They are not throttled:
 * a player asks for as much as it plays.
 */
@ApiExcludeController()
@Controller('media')
export class MediaController {
  constructor(
    private readonly media: MediaService,
    private readonly downloads: DirectDownloads,
  ) {}

  /** For proxies that keep bytes: 204, or 401 and 403 as nginx's `auth_request` knows them. */
  @Get(':token')
  @Access('public')
  async check(@Param('token') token: string, @Res() reply: FastifyReply): Promise<void> {
    const isGranted = await this.media.isGranted(token);
    await reply
      .status(isGranted ? 204 : 403)
      .header('cache-control', 'no-store')
      .send();
  }

  @Get(':token/*')
  @Access('public')
  async serve(
    @Param('token') token: string,
    @Param('*') path: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    letEveryPageRead(reply);
    const place = await this.media.place(token, path);
    const detour = await this.detourTo(place);
    // An address for GET is no good for HEAD.
    if (detour?.kind === 'redirect' && request.method !== 'HEAD') {
      await reply
        .header('cache-control', `private, max-age=${detour.keepSeconds}`)
        .redirect(detour.url, 302);
      return;
    }
    if (detour?.kind === 'internal') {
      describe(await this.media.look(place), reply);
      await reply.header('x-accel-redirect', detour.location).send('');
      return;
    }
    await this.send(place, request, reply);
  }

  /** Playlists are ours to send: what they name is relative to where they came from. */
  private async detourTo(place: MediaPlace): Promise<Detour | undefined> {
    if (grows(place)) return undefined;
    const detour = this.downloads.detour(place.key, {
      contentType: typeOf(place),
      cacheControl: cacheControlOf(place),
      contentDisposition: dispositionOf(place),
    });
    return foundOr(detour, mediaNotFound);
  }

  private async send(
    place: MediaPlace,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    const object = await this.media.open(place);
    const reading = { isBegun: false };
    const read = (range?: ByteRange) => {
      reading.isBegun = true;
      return object.read(range);
    };
    try {
      await answer({ ...object, read }, request, reply);
    } finally {
      // What is read closes by itself, at its end or when nobody waits for it any more.
      if (!reading.isBegun) await object.close();
    }
  }
}

async function answer(
  object: MediaObject & Pick<OpenedObject, 'read'>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  if (isKnown(request, object)) {
    describe(object, reply);
    await reply.status(304).send();
    return;
  }
  if (grows(object)) {
    // Measured as it is read: it may have grown since it was looked up.
    const playlist = await buffer(await object.read());
    describe(object, reply);
    await reply.send(playlist);
    return;
  }
  const range = rangeOf(request, reply, object);
  // Fastify drains what a HEAD would answer, and cannot do without a body.
  const content = request.method === 'HEAD' ? Readable.from([]) : await object.read(range);
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

/** The token is all that counts, and no cookie is looked at: pages of another host may play, too. */
function letEveryPageRead(reply: FastifyReply): void {
  reply
    .header('access-control-allow-origin', '*')
    .header('access-control-expose-headers', 'content-length, content-range, etag')
    .header('cross-origin-resource-policy', 'cross-origin');
}
