import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { VideosService } from '../catalogue/videos.service.js';
import { DomainError } from '../common/domain-error.js';
import { MediaTokens } from '../common/media-token.js';
import {
  MediaStorage,
  ObjectNotFoundError,
  type ByteRange,
  type ObjectInfo,
} from '../ports/media-storage.js';

/** A stored object that the bearer of a token may have. */
export interface MediaObject extends ObjectInfo {
  key: string;
}

/** Hands out stored bytes to whoever has a token for them. */
@Injectable()
export class MediaService {
  constructor(
    private readonly tokens: MediaTokens,
    private readonly videos: VideosService,
    private readonly storage: MediaStorage,
  ) {}

  /** @throws DomainError `media.invalid_token`, `media.expired_token`, `media.not_found` */
  async find(token: string, path: string): Promise<MediaObject> {
    const grant = this.tokens.verify(token);
    if (!grant) throw new DomainError('media.invalid_token', 'Ask for a new playback link.');
    if (grant.expiresAt < new Date()) {
      throw new DomainError('media.expired_token', 'Ask for a new playback link.');
    }
    // The right may have gone since the link was made.
    if (!(await this.videos.isStreamable(grant.videoId, grant.viewerId))) throw notFound();
    const key = `videos/${grant.videoId}/${path}`;
    return { key, ...(await found(this.storage.info(key))) };
  }

  async read(object: MediaObject, range?: ByteRange): Promise<Readable> {
    return found(this.storage.read(object.key, range));
  }
}

async function found<T>(result: Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof ObjectNotFoundError) throw notFound();
    throw error;
  }
}

function notFound(): DomainError {
  return new DomainError('media.not_found', 'No such file belongs to this video.');
}
