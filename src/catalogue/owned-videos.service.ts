import { Injectable } from '@nestjs/common';
import { videoPrefix } from '../media/object-keys.js';
import { MediaStorage } from '../ports/media-storage.js';
import { SourcesService } from './sources/sources.service.js';
import type { Video } from './video.entity.js';
import { VideosRepository } from './videos.repository.js';

/** After this long without a sign of life, nobody works on a video that was withdrawn. */
const REST_MILLISECONDS = 3_600_000;

/** What one user has uploaded, deleted videos too. */
@Injectable()
export class OwnedVideosService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly sources: SourcesService,
    private readonly storage: MediaStorage,
  ) {}

  async list(ownerId: string): Promise<Video[]> {
    return this.videos.findAllOf(ownerId);
  }

  /** Removes their bytes from the storage. */
  async removeObjects(ownerId: string): Promise<void> {
    for (const id of await this.videos.findIdsOf(ownerId)) {
      await this.storage.deleteTree(videoPrefix(id));
      await this.sources.release(id);
    }
  }

  /** Takes all of them out of the catalogue, and out of the pipeline, where no further step begins. */
  async withdraw(ownerId: string): Promise<void> {
    await this.videos.withdrawAllOf(ownerId);
    await this.videos.bumpGeneration();
  }

  /** False while a step that had begun before the withdrawal may still write to the storage. */
  async areAtRest(ownerId: string): Promise<boolean> {
    const since = new Date(Date.now() - REST_MILLISECONDS);
    return !(await this.videos.existsCancelled(ownerId, since));
  }
}
