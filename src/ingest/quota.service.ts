import { Injectable } from '@nestjs/common';
import { StorageUsageService, type StorageUsage } from '../catalogue/storage-usage.service.js';
import { DomainError } from '../common/domain-error.js';
import { UploadSessionsRepository } from './sessions/upload-sessions.repository.js';
import { UploadLimits } from './upload-limits.js';

/** What somebody's videos take, of what they may. */
export interface Usage extends StorageUsage {
  /** Announced, and not all here yet. */
  incomingBytes: number;
  usedBytes: number;
  /** Null where there is no limit. */
  quotaBytes: number | null;
}

/** The room that each user has for sources and renditions; what is on its way in counts too. */
@Injectable()
export class QuotaService {
  constructor(
    private readonly storage: StorageUsageService,
    private readonly sessions: UploadSessionsRepository,
    private readonly limits: UploadLimits,
  ) {}

  async usage(userId: string): Promise<Usage> {
    const usage = await this.storage.of(userId);
    const incomingBytes = await this.sessions.openBytes(userId);
    const usedBytes = usage.sourceBytes + usage.renditionBytes + incomingBytes;
    return { ...usage, incomingBytes, usedBytes, quotaBytes: this.limits.quotaBytes ?? null };
  }

  /** What is left of a user's room; infinite where there is no limit. */
  async bytesLeft(userId: string): Promise<number> {
    if (this.limits.quotaBytes === undefined) return Number.POSITIVE_INFINITY;
    const { usedBytes } = await this.usage(userId);
    return Math.max(0, this.limits.quotaBytes - usedBytes);
  }

  /**
   * Asked once an upload is announced: it is counted with all others that were at the same moment.
   *
   * @throws DomainError `upload.over_quota`
   */
  async refuseOverQuota(userId: string, announcedBytes: number): Promise<void> {
    const { usedBytes, quotaBytes } = await this.usage(userId);
    if (quotaBytes === null || usedBytes <= quotaBytes) return;
    throw overQuota(Math.max(0, quotaBytes - (usedBytes - announcedBytes)));
  }
}

/** For a file that is larger than the room that is left. */
export function overQuota(bytesLeft: number): DomainError {
  return new DomainError(
    'upload.over_quota',
    `Your videos may take ${bytesLeft} more bytes. Delete some to make room.`,
  );
}
