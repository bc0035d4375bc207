import path from 'node:path';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { Scratch } from '../../common/scratch.js';
import { makeCover } from '../../media-tools/make-cover.js';
import { coverPrefix } from '../../media/object-keys.js';
import { POSTER_FILE, THUMBNAIL_FILE } from '../../media/output-files.js';
import { foundOr, MediaStorage } from '../../ports/media-storage.js';
import type { Cover } from '../ingest.service.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';

const THUMBNAIL_PIXELS = 320;
const POSTER_PIXELS = 1280;

/** Where the encoder of covers is. */
export class CoverEncoder {
  constructor(readonly ffmpegPath: string) {}
}

/** Pictures that uploaders choose for their videos: made afresh, as nothing in the uploaded file is trusted. */
@Injectable()
export class CoversService {
  /** The last one in the making: one at a time is fast enough, and bounds the memory. */
  private making: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly storage: MediaStorage,
    private readonly sessions: UploadSessionsRepository,
    private readonly encoder: CoverEncoder,
    private readonly scratch: Scratch,
  ) {}

  /** @throws DomainError `upload.incomplete`, `upload.mismatch`, `upload.not_an_image` */
  async make(videoId: string, { storageKey, sizeBytes }: UploadSession): Promise<Cover> {
    const info = await foundOr(this.storage.info(storageKey), notHere);
    if (info.sizeBytes !== sizeBytes) {
      throw new DomainError('upload.mismatch', 'The picture is not the one you announced.');
    }
    const made = this.making.then(() => this.encode(videoId, storageKey));
    this.making = made.catch(() => undefined);
    return made;
  }

  /** What was uploaded is of no more use once the cover is shown. */
  async retire({ id, storageKey }: UploadSession, videoId: string): Promise<void> {
    await this.storage.delete(storageKey);
    await this.sessions.finish(id, videoId);
  }

  async remove(videoId: string): Promise<void> {
    await this.storage.deleteTree(coverPrefix(videoId));
  }

  private async encode(videoId: string, storageKey: string): Promise<Cover> {
    return this.scratch.use('cover', async (folder) => {
      const source = await foundOr(this.storage.localCopy(storageKey, folder), notHere);
      const thumbnail = path.join(folder, THUMBNAIL_FILE);
      const poster = path.join(folder, POSTER_FILE);
      await this.convert(source, thumbnail, THUMBNAIL_PIXELS);
      await this.convert(source, poster, POSTER_PIXELS);
      const thumbnailKey = coverPrefix(videoId) + THUMBNAIL_FILE;
      const posterKey = coverPrefix(videoId) + POSTER_FILE;
      await this.storage.moveIn(thumbnailKey, thumbnail);
      await this.storage.moveIn(posterKey, poster);
      return { thumbnailKey, posterKey };
    });
  }

  private async convert(source: string, target: string, maxPixels: number): Promise<void> {
    const { ffmpegPath } = this.encoder;
    if (await makeCover(source, target, maxPixels, { ffmpegPath })) return;
    throw new DomainError('upload.not_an_image', 'Send a JPEG, PNG or WebP picture.');
  }
}

function notHere(): DomainError {
  return new DomainError('upload.incomplete', 'The picture is not here yet. Send it first.');
}
