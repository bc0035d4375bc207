import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import type { Video } from '../video.entity.js';
import { VideosRepository } from '../videos.repository.js';
import { SeriesRepository } from './series.repository.js';

/** What comes after an episode. */
@Injectable()
export class EpisodesService {
  constructor(
    private readonly series: SeriesRepository,
    private readonly videos: VideosRepository,
  ) {}

  /** The next episode that the viewer may see and can play; undefined after the last, and for what is no episode. */
  async next(video: Video, viewer: Pick<Viewer, 'id' | 'role'>): Promise<Video | undefined> {
    if (video.seriesId === null) return undefined;
    const id = await this.series.findNextEpisode(video.id, viewer);
    return id === null ? undefined : ((await this.videos.findById(id)) ?? undefined);
  }
}
