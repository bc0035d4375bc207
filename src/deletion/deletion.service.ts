import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { StorageUsageService } from '../catalogue/storage-usage.service.js';
import { DeletedVideosService } from '../catalogue/trash/deleted-videos.service.js';
import type { Video } from '../catalogue/video.entity.js';
import { mayChange } from '../catalogue/video-access.js';
import { VideosService } from '../catalogue/videos.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { overQuota, QuotaService } from '../ingest/quota.service.js';

/** Deletes videos, brings them back, and purges them, for owners and staff. */
@Injectable()
export class DeletionService {
  constructor(
    private readonly videos: VideosService,
    private readonly deleted: DeletedVideosService,
    private readonly usage: StorageUsageService,
    private readonly quota: QuotaService,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `video.not_found`, `auth.forbidden` */
  async delete(id: string, viewer: Viewer): Promise<void> {
    await this.videos.delete(id, viewer);
  }

  /**
   * Files that cannot be removed at this moment are removed by the schedule.
   *
   * @throws DomainError `video.not_found`, `auth.forbidden`
   */
  async purge(id: string, viewer: Viewer): Promise<void> {
    if (!(await this.inTrash(id, viewer))) await this.videos.delete(id, viewer);
    await this.record('video.purged', id, viewer);
    await this.deleted.purge(id);
  }

  /** @throws DomainError `video.not_found`, `auth.forbidden`, `video.state_conflict`, `upload.over_quota` */
  async restore(id: string, viewer: Viewer) {
    const video = await this.inTrash(id, viewer);
    if (!video) {
      await this.videos.changeable(id, viewer);
      throw new DomainError('video.state_conflict', 'The video is not deleted.');
    }
    await this.demandRoom(video);
    if (!(await this.deleted.restore(id))) {
      throw new DomainError('video.state_conflict', 'The files of the video are being removed.');
    }
    await this.record('video.restored', id, viewer);
    return this.videos.get(id, viewer);
  }

  /** A deleted video that the viewer may change; nobody else knows of it. */
  private async inTrash(id: string, viewer: Viewer): Promise<Video | undefined> {
    const video = await this.deleted.find(id);
    return video && mayChange(video, viewer) ? video : undefined;
  }

  private async demandRoom({ id, ownerId }: Video): Promise<void> {
    const bytesLeft = await this.quota.bytesLeft(ownerId);
    if ((await this.usage.ofDeleted(id)) > bytesLeft) throw overQuota(bytesLeft);
  }

  private async record(action: 'video.purged' | 'video.restored', id: string, viewer: Viewer) {
    await this.audit.record({ action, by: viewer, subject: { type: 'video', id } });
  }
}
