import { Injectable } from '@nestjs/common';
import { DirectUploads } from '../../ports/direct-uploads.js';
import { MediaStorage } from '../../ports/media-storage.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';

/** Cleans up after clients that have not finished what they began to send to the storage. */
@Injectable()
export class AbandonedUploads {
  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly directUploads: DirectUploads,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * Removes the object and the parts of a `direct` or `thumbnail` upload that is not finished, and may
   * be called again; the row stays. One that becomes a video at this moment is left alone.
   */
  async abandon({ id, storageKey, storageUploadId }: UploadSession): Promise<void> {
    if (!(await this.sessions.claim(id))) return;
    await this.directUploads.discard(storageKey, storageUploadId);
    await this.storage.delete(storageKey);
    await this.sessions.finish(id, null);
  }
}
