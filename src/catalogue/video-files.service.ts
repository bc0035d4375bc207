import { Injectable } from '@nestjs/common';
import { videoPrefix } from '../media/object-keys.js';
import { MediaStorage } from '../ports/media-storage.js';
import { SourcesService } from './sources/sources.service.js';

/** Everything that a video has in the storage. */
@Injectable()
export class VideoFiles {
  constructor(
    private readonly storage: MediaStorage,
    private readonly sources: SourcesService,
  ) {}

  /** Removes it; its source goes with the last video that has it. May be called again. */
  async remove(videoId: string): Promise<void> {
    await this.storage.deleteTree(videoPrefix(videoId));
    await this.sources.release(videoId);
  }
}
