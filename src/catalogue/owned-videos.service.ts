import { Injectable } from '@nestjs/common';
import type { Series } from './series/series.entity.js';
import { SeriesRepository } from './series/series.repository.js';
import { VideoFiles } from './video-files.service.js';
import type { Video } from './video.entity.js';
import { VideosRepository } from './videos.repository.js';

/** After this long without a sign of life, nobody works on a video that was withdrawn. */
const REST_MILLISECONDS = 3_600_000;

/** What one user has uploaded, deleted videos too. */
@Injectable()
export class OwnedVideosService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly files: VideoFiles,
    private readonly series: SeriesRepository,
  ) {}

  async list(ownerId: string): Promise<Video[]> {
    return this.videos.findAllOf(ownerId);
  }

  async listSeries(ownerId: string): Promise<Series[]> {
    return this.series.findAllOf(ownerId);
  }

  /** Removes their bytes from the storage. */
  async removeObjects(ownerId: string): Promise<void> {
    for (const id of await this.videos.findIdsOf(ownerId)) await this.files.remove(id);
  }

  /** Takes all of them out of the catalogue, and out of the pipeline, where no further step begins. */
  async withdraw(ownerId: string): Promise<void> {
    await this.videos.withdrawAllOf(ownerId);
    await this.videos.bumpGeneration();
  }

  /** The catalogue shows the names of those who uploaded what is in it. */
  async noteOwnersName(): Promise<void> {
    await this.videos.bumpGeneration();
  }

  /** False while a step that had begun before the withdrawal may still write to the storage. */
  async areAtRest(ownerId: string): Promise<boolean> {
    const since = new Date(Date.now() - REST_MILLISECONDS);
    return !(await this.videos.existsCancelled(ownerId, since));
  }
}
