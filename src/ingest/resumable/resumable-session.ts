import { DomainError } from '../../common/domain-error.js';
import type { ResumableUpload } from '../../ports/resumable-uploads.js';
import type { Refusal, UploadSession } from '../sessions/upload-session.entity.js';

/** How far an upload is, and what became of it. */
export interface UploadProgress {
  offset: number;
  /** Of a refused duplicate, the video that was there already. */
  videoId: string | null;
  refusal: Refusal | null;
}

/** A session as the storage knows it. */
export function toUpload(session: UploadSession): ResumableUpload {
  const { storageKey: key, storageUploadId: uploadId, sizeBytes } = session;
  return { key, uploadId, sizeBytes };
}

/** Of the lock that whoever changes an upload has to hold. */
export function lockOf(sessionId: string): string {
  return `upload:${sessionId}`;
}

export function isExpired({ finishedAt, expiresAt }: UploadSession): boolean {
  return !finishedAt && expiresAt < new Date();
}

export function expired(): DomainError {
  return new DomainError('upload.expired', 'The upload is gone. Begin it again.');
}
