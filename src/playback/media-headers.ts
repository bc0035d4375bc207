import type { FastifyReply } from 'fastify';
import { sourceContentType } from '../media/content-types.js';
import type { MediaObject, MediaPlace } from './media.service.js';

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

/** Says what an object is, and how long it may be kept. */
export function describe(object: MediaObject, reply: FastifyReply): void {
  const disposition = dispositionOf(object);
  if (disposition !== undefined) reply.header('content-disposition', disposition);
  reply
    .header('content-type', typeOf(object))
    .header('cache-control', cacheControlOf(object))
    .header('accept-ranges', grows(object) ? 'none' : 'bytes')
    .header('etag', object.etag)
    .header('last-modified', object.modifiedAt.toUTCString());
}

export function cacheControlOf(place: MediaPlace): string {
  return place.uploadedAs !== undefined || grows(place) ? NOT_SHARED : IMMUTABLE;
}

/** Players ignore it; a browser that is led to somebody's file opens nothing of it as a page. */
export function dispositionOf({ uploadedAs }: MediaPlace): string | undefined {
  return uploadedAs === undefined ? undefined : `attachment; filename="${uploadedAs}"`;
}

export function typeOf(place: MediaPlace): string {
  if (place.uploadedAs !== undefined) return sourceContentType(place.uploadedAs);
  return CONTENT_TYPES[extensionOf(place)] ?? 'application/octet-stream';
}

/** True for what is written again and again while a title is encoded. */
export function grows(place: MediaPlace): boolean {
  return place.uploadedAs === undefined && ['m3u8', 'mpd'].includes(extensionOf(place));
}

function extensionOf({ key }: MediaPlace): string {
  return key.slice(key.lastIndexOf('.') + 1);
}
