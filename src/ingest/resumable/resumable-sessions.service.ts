import { Injectable } from '@nestjs/common';
import { DomainError } from '../../common/domain-error.js';
import { UuidSchema } from '../../common/ids.js';
import { sourceKey } from '../../media/object-keys.js';
import { ResumableUploads, UploadGoneError } from '../../ports/resumable-uploads.js';
import { IngestService } from '../ingest.service.js';
import { QuotaService } from '../quota.service.js';
import { expiryFromNow } from '../sessions/lifetime.js';
import type { UploadSession } from '../sessions/upload-session.entity.js';
import { UploadSessionsRepository } from '../sessions/upload-sessions.repository.js';
import { refuseTooLarge, UploadLimits } from '../upload-limits.js';
import { uploadMoment } from '../upload-moment.js';
import { isExpired, toUpload } from './resumable-session.js';
import { parseMetadata } from './upload-metadata.js';

/** More unfinished files than anybody has. */
const LISTED = 100;

/** What a client says of a file before it sends it. */
export interface NewResumable {
  id: string;
  ownerId: string;
  sizeBytes: number;
  /** As it came: HEAD gives it back. */
  pairs: Readonly<Record<string, string | null>>;
}

/** Begins uploads that come in pieces, and finds them again. */
@Injectable()
export class ResumableSessions {
  constructor(
    private readonly sessions: UploadSessionsRepository,
    private readonly uploads: ResumableUploads,
    private readonly ingest: IngestService,
    private readonly quota: QuotaService,
    private readonly limits: UploadLimits,
  ) {}

  /** Of one file. */
  get maxBytes(): number {
    return this.limits.maxBytes;
  }

  /**
   * Whatever can be said against a file before it is here is said now.
   *
   * @throws DomainError `upload.empty`, `upload.too_large`, `upload.over_quota`, `request.invalid`,
   *   `request.unsupported_media_type`
   */
  async open({ id, ownerId, sizeBytes, pairs }: NewResumable): Promise<{ expiresAt: Date }> {
    const { filename, filetype, genres } = parseMetadata(pairs);
    if (sizeBytes === 0) throw new DomainError('upload.empty', 'The file holds no bytes.');
    refuseTooLarge(sizeBytes, this.limits.maxBytes);
    await this.ingest.checkGenres(genres);
    const storageKey = sourceKey(ownerId, uploadMoment(), filename);
    const expiresAt = expiryFromNow();
    await this.sessions.insert({
      ...{ id, ownerId, kind: 'resumable', storageKey, sizeBytes, expiresAt },
      ...{ filename, contentType: filetype, description: pairs },
    });
    try {
      await this.quota.refuseOverQuota(ownerId, sizeBytes);
      const uploadId = await this.uploads.begin(storageKey, filetype);
      if (uploadId !== null) await this.sessions.rememberUpload(id, uploadId);
    } catch (error) {
      await this.sessions.delete(id);
      throw error;
    }
    return { expiresAt };
  }

  /** @throws DomainError `upload.not_found`, also for those of others */
  async find(id: string, ownerId: string): Promise<UploadSession> {
    const session = UuidSchema.safeParse(id).success
      ? await this.sessions.findOwn(id, ownerId)
      : undefined;
    if (session?.kind === 'resumable') return session;
    throw new DomainError('upload.not_found', 'You have no upload at this address.');
  }

  /** Those that can still be finished, the newest first, with how many bytes are there. */
  async listOpen(ownerId: string): Promise<{ session: UploadSession; offset: number }[]> {
    const open = await this.sessions.findOpen(ownerId, 'resumable');
    const listed = open
      .filter((session) => !isExpired(session))
      .slice(0, LISTED)
      .map(async (session) => ({ session, offset: await this.offsetOf(session) }));
    const known = await Promise.all(listed);
    return known.flatMap(({ session, offset }) =>
      offset === undefined ? [] : { session, offset },
    );
  }

  private async offsetOf(session: UploadSession): Promise<number | undefined> {
    try {
      return await this.uploads.offset(toUpload(session));
    } catch (error) {
      if (error instanceof UploadGoneError) return undefined;
      throw error;
    }
  }
}
