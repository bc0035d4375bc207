import { Injectable } from '@nestjs/common';
import { describeKey } from '../../media/stored-object.js';
import { DirectUploads } from '../../ports/direct-uploads.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';

/**
 * What a storage keeps open although nobody will complete it: a form broke off, or a worker was killed, while
 * the storage could not be told.
 */
@Injectable()
export class StrayUploads {
  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly directUploads: DirectUploads,
  ) {}

  /**
   * Ends those to which nothing has come since then, but for the uploads of clients.
   *
   * @returns how many there were
   */
  async end(since: Date): Promise<number> {
    let ended = 0;
    for await (const { key, uploadId } of this.directUploads.untouchedSince(since)) {
      // Other programs may use the same bucket.
      if (!describeKey(key)) continue;
      const session = await this.sessions.findByKey(key);
      if (session?.storageUploadId === uploadId && !session.finishedAt) continue;
      await this.directUploads.discard(key, uploadId);
      ended += 1;
    }
    return ended;
  }
}
