import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { SourceTokens } from '../catalogue/sources/source-tokens.js';
import { SourcesService } from '../catalogue/sources/sources.service.js';
import { VideosService } from '../catalogue/videos.service.js';
import { DomainError } from '../common/domain-error.js';
import { MediaTokens, type MediaGrant } from '../common/media-token.js';
import { foundOr, MediaStorage, type ByteRange, type ObjectInfo } from '../ports/media-storage.js';

/** A stored object that the bearer of a token may have. */
export interface MediaObject extends ObjectInfo {
  key: string;
  /** Name of the file, when it is an upload and no output of ours. */
  uploadedAs?: string;
}

/** In place of a revision's id; what follows is only a name. */
const SOURCE_PREFIX = 'source/';

/** Hands out stored bytes to whoever has a token for them. */
@Injectable()
export class MediaService {
  constructor(
    private readonly tokens: MediaTokens,
    private readonly videos: VideosService,
    private readonly sourceTokens: SourceTokens,
    private readonly sources: SourcesService,
    private readonly storage: MediaStorage,
  ) {}

  /** @throws DomainError `media.invalid_token`, `media.expired_token`, `media.not_found` */
  async find(token: string, path: string): Promise<MediaObject> {
    if (path.startsWith(SOURCE_PREFIX)) return this.findSource(token);
    const grant = grantOf(token, this.tokens);
    // The right may have gone since the link was made.
    if (!(await this.videos.isStreamable(grant.videoId, grant.viewerId))) throw notFound();
    const key = `videos/${grant.videoId}/${path}`;
    return { key, ...(await foundOr(this.storage.info(key), notFound)) };
  }

  async read(object: MediaObject, range?: ByteRange): Promise<Readable> {
    return foundOr(this.storage.read(object.key, range), notFound);
  }

  private async findSource(token: string): Promise<MediaObject> {
    const { videoId, viewerId } = grantOf(token, this.sourceTokens);
    const source = await this.sources.findForOwner(videoId, viewerId);
    if (!source) throw notFound();
    const { key, name } = source;
    return { key, uploadedAs: name, ...(await foundOr(this.storage.info(key), notFound)) };
  }
}

function grantOf(token: string, tokens: MediaTokens): MediaGrant {
  const grant = tokens.verify(token);
  if (!grant) throw new DomainError('media.invalid_token', 'Ask for a new playback link.');
  if (grant.expiresAt >= new Date()) return grant;
  throw new DomainError('media.expired_token', 'Ask for a new playback link.');
}

function notFound(): DomainError {
  return new DomainError('media.not_found', 'No such file belongs to this video.');
}
