import { Injectable } from '@nestjs/common';
import { VideoPresenter } from '../../catalogue/video.presenter.js';
import type { Video } from '../../catalogue/video.entity.js';
import { VideosService } from '../../catalogue/videos.service.js';
import type { Viewer } from '../../common/access.js';
import { pageFields } from '../../common/pagination.js';
import {
  PROCESSING_STATUS_OF,
  type UploadedVideoDto,
  type UploadedVideoListQuery,
} from './uploaded-video.dto.js';

/** Videos as clients see them that upload to the storage. */
@Injectable()
export class UploadedVideosService {
  constructor(
    private readonly videos: VideosService,
    private readonly presenter: VideoPresenter,
  ) {}

  /** Public and complete ones, the newest first. */
  async list(viewer: Viewer, { page, page_size }: UploadedVideoListQuery) {
    const [videos, totalCount] = await this.videos.page(viewer, {
      ...{ page, page_size, mine: false, status: 'ready' },
      ...{ sort_by: 'created_at', sort_order: 'desc' },
    });
    return {
      videos: videos.map((video) => this.present(video, viewer)),
      ...pageFields(totalCount, page, page_size),
    };
  }

  /** @throws DomainError `video.not_found`, also for what the viewer may not know of */
  async get(id: string, viewer: Viewer): Promise<UploadedVideoDto> {
    return this.present(await this.videos.visible(id, viewer), viewer);
  }

  present(video: Video, viewer: Viewer): UploadedVideoDto {
    const { uploaded_by: uploader, ...shown } = this.presenter.video(video, viewer);
    return {
      id: video.id,
      number: video.number,
      title: video.title,
      description: video.description,
      visibility: video.visibility,
      user_id: uploader?.id ?? null,
      s3_key: video.ownerId === viewer.id ? video.sourceKey : null,
      processing_status: PROCESSING_STATUS_OF[video.status],
      thumbnail_url: shown.thumbnail_url,
      created_at: shown.created_at,
      updated_at: shown.updated_at,
    };
  }
}
