import { Injectable } from '@nestjs/common';
import { SourceTokens } from '../catalogue/sources/source-tokens.js';
import { SourcesService } from '../catalogue/sources/sources.service.js';
import { StreamingRights } from '../catalogue/streaming-rights.service.js';
import { DomainError } from '../common/domain-error.js';
import {
  foundOr,
  MediaStorage,
  type ObjectInfo,
  type OpenedObject,
} from '../ports/media-storage.js';
import { MediaGrants } from './media-grants.service.js';

/** A place in the storage that the bearer of a token may read. */
export interface MediaPlace {
  key: string;
  /** Name of the file, when it is an upload and no output of ours. */
  uploadedAs?: string;
}

/** What lies there. */
export type MediaObject = MediaPlace & ObjectInfo;

/** In place of a revision's id; what follows is only a name. */
const SOURCE_PREFIX = 'source/';

/** Hands out stored bytes to whoever has a token for them. */
@Injectable()
export class MediaService {
  constructor(
    private readonly grants: MediaGrants,
    private readonly rights: StreamingRights,
    private readonly sourceTokens: SourceTokens,
    private readonly sources: SourcesService,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * Whether the bearer may have the bytes of the video at this moment: the right may have gone since the
   * link was made.
   *
   * @throws DomainError `media.invalid_token`, `media.expired_token`
   */
  async isGranted(token: string): Promise<boolean> {
    return this.rights.isGranted(await this.grants.of(token));
  }

  /** @throws DomainError `media.invalid_token`, `media.expired_token`, `media.not_found` */
  async place(token: string, path: string): Promise<MediaPlace> {
    if (path.startsWith(SOURCE_PREFIX)) return this.placeOfSource(token);
    const grant = await this.grants.of(token);
    if (!(await this.rights.isGranted(grant))) throw mediaNotFound();
    return { key: `videos/${grant.videoId}/${path}` };
  }

  /** @throws DomainError `media.not_found` */
  async look(place: MediaPlace): Promise<MediaObject> {
    return { ...place, ...(await foundOr(this.storage.info(place.key), mediaNotFound)) };
  }

  /** @throws DomainError `media.not_found` */
  async open(place: MediaPlace): Promise<MediaObject & OpenedObject> {
    const object = await foundOr(this.storage.open(place.key), mediaNotFound);
    return { ...place, ...object, read: (range) => foundOr(object.read(range), mediaNotFound) };
  }

  private async placeOfSource(token: string): Promise<MediaPlace> {
    const { videoId, viewerId } = await this.grants.of(token, this.sourceTokens);
    const source = await this.sources.findForOwner(videoId, viewerId);
    if (!source) throw mediaNotFound();
    return { key: source.key, uploadedAs: source.name };
  }
}

/** No such file, or none that the bearer may know of. */
export function mediaNotFound(): DomainError {
  return new DomainError('media.not_found', 'No such file belongs to this video.');
}
