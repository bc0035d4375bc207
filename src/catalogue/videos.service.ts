import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import type { VideoListQuery } from './listing/listing.dto.js';
import { ListingService } from './listing/listing.service.js';
import { ProcessingService } from './processing.service.js';
import { mayChange, mayView } from './video-access.js';
import { VideoPresenter } from './video.presenter.js';
import type { Video } from './video.entity.js';
import { VideosRepository } from './videos.repository.js';

/** The catalogue as a viewer may see it. */
@Injectable()
export class VideosService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly listing: ListingService,
    private readonly processing: ProcessingService,
    private readonly presenter: VideoPresenter,
    private readonly audit: AuditService,
  ) {}

  /** One page, and how many there are on all, as far as it is cheap to count. */
  async page(viewer: Viewer, query: VideoListQuery): Promise<[Video[], number]> {
    const { ids, total } = await this.listing.page(viewer, query);
    return [await this.videos.findByIds(ids), total?.count ?? 0];
  }

  async get(id: string, viewer: Viewer) {
    return this.presenter.video(await this.visible(id, viewer), viewer);
  }

  async metadata(id: string, viewer: Viewer) {
    return this.presenter.metadata(await this.visible(id, viewer), viewer);
  }

  /** @throws DomainError `video.not_found`, `auth.forbidden` */
  async delete(id: string, viewer: Viewer): Promise<void> {
    const video = await this.changeable(id, viewer);
    // A worker that is busy with it finds it cancelled, and stops.
    await this.processing.cancel(video);
    await this.videos.softDelete(id);
    await this.videos.bumpGeneration();
    await this.audit.record({
      action: 'video.deleted',
      by: viewer,
      subject: { type: 'video', id },
    });
  }

  /** @throws DomainError `video.not_found`, also for what the viewer may not know of */
  async visible(id: string, viewer: Pick<Viewer, 'id' | 'role'>): Promise<Video> {
    const video = await this.videos.findById(id);
    if (!video || !mayView(video, viewer)) {
      throw new DomainError('video.not_found', 'No video has this id.');
    }
    return video;
  }

  /** @throws DomainError `video.not_found`, `auth.forbidden` */
  async changeable(id: string, viewer: Pick<Viewer, 'id' | 'role'>): Promise<Video> {
    const video = await this.visible(id, viewer);
    if (mayChange(video, viewer)) return video;
    throw new DomainError('auth.forbidden', 'Only the uploader or staff may do this to a video.');
  }
}
