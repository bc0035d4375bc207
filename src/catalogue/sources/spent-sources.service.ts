import { Injectable, Logger } from '@nestjs/common';
import { sha256Of } from '../../common/object-hash.js';
import { tallyLine, workThrough } from '../../common/work-through.js';
import { UploadsConfig } from '../../config/config.js';
import { MediaStorage } from '../../ports/media-storage.js';
import type { Video } from '../video.entity.js';
import { VideosRepository } from '../videos.repository.js';
import { SourcesService } from './sources.service.js';

/** Uploaded files that go once their videos are complete, where the operator wants it so. */
@Injectable()
export class SpentSources {
  private readonly logger = new Logger('Sources');

  constructor(
    private readonly config: UploadsConfig,
    private readonly videos: VideosRepository,
    private readonly sources: SourcesService,
    private readonly storage: MediaStorage,
  ) {}

  /** Whether a video that becomes ready at this moment needs its source no longer. */
  get areReleased(): boolean {
    return this.config.keepSource === 'until_ready';
  }

  /** Releases the source of a video that is complete; what fails is made up for by the schedule. */
  async tryToRelease(video: Video): Promise<boolean> {
    try {
      await this.release(video);
      return true;
    } catch (error) {
      this.logger.warn(`the source of video ${video.id} is still there: ${String(error)}`);
      return false;
    }
  }

  /**
   * Releases those that a crash or an outage has left; returns one line for the record.
   *
   * @throws Error with that line when one of them stays
   */
  async releaseDue(): Promise<string> {
    const tally = await workThrough<Video>(
      (after) => this.videos.findSpent(after?.id),
      (video) => this.tryToRelease(video),
    );
    return tallyLine('released', tally, 'source');
  }

  private async release({ id, sourceKey, sourceSha256 }: Video): Promise<void> {
    if (sourceKey !== null && sourceSha256 === null) {
      // The last chance to know the same file when it comes again.
      await this.videos.update(id, { sourceSha256: await sha256Of(this.storage, sourceKey) });
    }
    await this.sources.release(id);
  }
}
