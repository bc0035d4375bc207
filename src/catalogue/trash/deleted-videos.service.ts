import { Injectable, Logger } from '@nestjs/common';
import { tallyLine, workThrough } from '../../common/work-through.js';
import { VideoFiles } from '../video-files.service.js';
import type { Video } from '../video.entity.js';
import { VideosRepository } from '../videos.repository.js';
import { DeletedVideosRepository } from './deleted-videos.repository.js';

const KEPT_MILLISECONDS = 30 * 24 * 3_600_000;
const VIDEOS_AT_A_TIME = 100;

/** Deleted videos: they can come back for 30 days, and are purged with their files after that. */
@Injectable()
export class DeletedVideosService {
  private readonly logger = new Logger('Trash');

  constructor(
    private readonly deleted: DeletedVideosRepository,
    private readonly videos: VideosRepository,
    private readonly files: VideoFiles,
  ) {}

  async find(id: string): Promise<Video | null> {
    return this.deleted.findById(id);
  }

  /** False when the video is not deleted, or its files are being removed. */
  async restore(id: string): Promise<boolean> {
    const restored = await this.deleted.restore(id);
    if (restored) await this.videos.bumpGeneration();
    return restored;
  }

  /**
   * Removes a deleted video for good. The row says first that it goes, and goes last: wherever this is cut
   * short, the next run takes it up.
   */
  async purge(id: string): Promise<void> {
    if (!(await this.deleted.beginPurge(id))) return;
    await this.files.remove(id);
    await this.deleted.remove(id);
    await this.videos.bumpGeneration();
  }

  /**
   * Purges those whose 30 days are over, and those that are half gone; returns one line for the record.
   *
   * @throws Error with that line when one of them could not be purged
   */
  async purgeDue(): Promise<string> {
    const before = new Date(Date.now() - KEPT_MILLISECONDS);
    const tally = await workThrough<string>(
      (afterId) => this.deleted.findDue(before, afterId, VIDEOS_AT_A_TIME),
      (id) => this.tryToPurge(id),
    );
    return tallyLine('purged', tally, 'video');
  }

  private async tryToPurge(id: string): Promise<boolean> {
    try {
      await this.purge(id);
      return true;
    } catch (error) {
      this.logger.error(`video ${id} could not be purged: ${String(error)}`);
      return false;
    }
  }
}
