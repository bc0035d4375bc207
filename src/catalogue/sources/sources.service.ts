import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { MediaStorage } from '../../ports/media-storage.js';
import { VideosRepository } from '../videos.repository.js';
import { SourcesRepository, type Reuse } from './sources.repository.js';

/** What a further video is made from, before it has ids. */
export type NewReuse = Omit<Reuse, 'videoId' | 'revisionId'>;

/** Uploaded sources, each of which may belong to several videos of its owner. */
@Injectable()
export class SourcesService {
  constructor(
    private readonly sources: SourcesRepository,
    private readonly videos: VideosRepository,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * The one place where a source is deleted: takes it from a video, and from the storage when no other
   * video has it, deleted ones too.
   */
  async release(videoId: string): Promise<void> {
    await this.sources.release(videoId, (key) => this.storage.delete(key));
    await this.videos.bumpGeneration();
  }

  /**
   * Makes a further video of a source, which is not copied.
   *
   * @throws DomainError `video.not_found`, `video.state_conflict` when the source is gone
   */
  async share(reuse: Reuse): Promise<void> {
    const obstacle = await this.sources.share(reuse);
    if (obstacle === 'no video') throw new DomainError('video.not_found', 'No video has this id.');
    if (obstacle === 'no source') {
      throw new DomainError(
        'video.state_conflict',
        'The uploaded file of this video is gone. Please upload it anew.',
      );
    }
    await this.videos.bumpGeneration();
  }

  /** Where the source of a video lies; undefined for whoever does not own it. */
  async findForOwner(
    videoId: string,
    ownerId: string,
  ): Promise<{ key: string; name: string } | undefined> {
    return this.sources.findForOwner(videoId, ownerId);
  }
}
