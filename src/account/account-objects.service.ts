import { Injectable } from '@nestjs/common';
import { OwnedVideosService } from '../catalogue/owned-videos.service.js';
import { avatarsPrefix, uploadsPrefix } from '../media/object-keys.js';
import { DirectUploads } from '../ports/direct-uploads.js';
import { MediaStorage } from '../ports/media-storage.js';

/** What one account has in the storage. */
@Injectable()
export class AccountObjects {
  constructor(
    private readonly videos: OwnedVideosService,
    private readonly storage: MediaStorage,
    private readonly directUploads: DirectUploads,
  ) {}

  /** Removes all of it, what is still on its way in too; may be called again. */
  async remove(userId: string): Promise<void> {
    await this.videos.removeObjects(userId);
    await this.directUploads.discardTree(uploadsPrefix(userId));
    await this.storage.deleteTree(uploadsPrefix(userId));
    await this.storage.deleteTree(avatarsPrefix(userId));
  }
}
