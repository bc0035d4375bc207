import { text } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { videoPrefix } from '../media/object-keys.js';
import { foundOr, MediaStorage } from '../ports/media-storage.js';
import { SubtitlesRepository } from './subtitles.repository.js';

/** Uploaded subtitles as text. */
@Injectable()
export class Transcripts {
  constructor(
    private readonly subtitles: SubtitlesRepository,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * WebVTT of subtitles that were uploaded for one of the owner's videos.
   *
   * @throws DomainError `subtitle.not_found`
   */
  async textOf(subtitleId: string, ownerId: string): Promise<string> {
    const subtitle = await this.subtitles.findUploadedTo(ownerId, subtitleId);
    if (!subtitle) throw notFound();
    const key = videoPrefix(subtitle.videoId) + subtitle.path;
    return text(await foundOr(this.storage.read(key), notFound));
  }
}

function notFound(): DomainError {
  return new DomainError('subtitle.not_found', 'None of your videos has these subtitles.');
}
