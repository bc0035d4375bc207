import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import {
  DirectUploads,
  type IncomingContent,
  type ReceivedContent,
} from '../../ports/direct-uploads.js';
import { MediaStorage } from '../../ports/media-storage.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';

/** Takes in files that are sent to addresses of ours, as long as their upload is open. */
@Injectable()
export class ObjectsService {
  constructor(
    private readonly directUploads: DirectUploads,
    private readonly sessions: UploadSessionsRepository,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * @returns the ETag, unquoted
   * @throws DomainError `upload.*`
   */
  async receive(content: IncomingContent): Promise<string> {
    try {
      return await this.store(content);
    } catch (error) {
      // Whoever is refused goes on sending; left unread, that would block the connection.
      content.body.resume();
      throw error;
    }
  }

  private async store(content: IncomingContent): Promise<string> {
    const key = this.directUploads.keyOf(content.token);
    if (key === undefined) {
      throw new DomainError('upload.address_invalid', 'This is no address of an upload.');
    }
    await this.requireOpen(key);
    const received = await this.directUploads.receive(content);
    await this.note(received);
    return received.etag;
  }

  private async note({ key, sha256 }: ReceivedContent): Promise<void> {
    if (sha256 !== undefined) await this.sessions.rememberHash(key, sha256);
    const session = await this.sessions.findByKey(key);
    if (session && !session.finishedAt) return;
    await this.directUploads.discard(key, null);
    if (session?.videoId) return;
    // It was given up while the bytes came in: nobody would ever look for them.
    await this.storage.delete(key);
    throw gone();
  }

  private async requireOpen(key: string): Promise<void> {
    const session = await this.sessions.findByKey(key);
    if (!session || session.expiresAt < new Date()) throw gone();
    if (session.finishedAt) {
      throw new DomainError('upload.state_conflict', 'The upload is complete already.');
    }
  }
}

function gone(): DomainError {
  return new DomainError('upload.expired', 'The upload has expired. Begin it again.');
}
