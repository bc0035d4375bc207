import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import type { UploadSession } from './upload-session.entity.js';
import { UploadSessionsRepository } from './upload-sessions.repository.js';

/** What became of uploads. */
@Injectable()
export class UploadOutcomes {
  constructor(private readonly sessions: UploadSessionsRepository) {}

  /** Everything that one user has begun to send, the oldest first. */
  async listOf(ownerId: string): Promise<UploadSession[]> {
    return this.sessions.findAllOf(ownerId);
  }

  /**
   * Id of the video that an upload of this owner became.
   *
   * @throws DomainError `upload.not_found`, `upload.incomplete`, `upload.state_conflict`
   */
  async idOf(uploadId: string, ownerId: string): Promise<string> {
    const session = await this.sessions.findOwn(uploadId, ownerId);
    if (!session) throw new DomainError('upload.not_found', 'None of your uploads has this id.');
    if (session.videoId !== null) return session.videoId;
    if (session.finishedAt === null) {
      throw new DomainError('upload.incomplete', 'This upload is not complete yet.');
    }
    throw new DomainError('upload.state_conflict', 'No video came of this upload.');
  }
}
