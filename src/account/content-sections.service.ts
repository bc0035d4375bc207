import { Injectable } from '@nestjs/common';
import { OwnedVideosService } from '../catalogue/owned-videos.service.js';
import { ReuseJobsService } from '../catalogue/sources/reuse-jobs.service.js';
import { UploadOutcomes } from '../ingest/sessions/upload-outcomes.service.js';
import { SubtitlesService } from '../subtitles/subtitles.service.js';
import type { User } from '../users/user.entity.js';
import { toJobData, toSeriesData, toUploadData, toVideoData } from './personal-data.dto.js';

/** The sections of a person's data that are about what they have brought here. */
@Injectable()
export class ContentSections {
  constructor(
    private readonly videos: OwnedVideosService,
    private readonly subtitles: SubtitlesService,
    private readonly jobs: ReuseJobsService,
    private readonly uploads: UploadOutcomes,
  ) {}

  async *of({ id }: User): AsyncIterable<[name: string, section: unknown]> {
    yield ['videos', await this.videosOf(id)];
    yield ['series', (await this.videos.listSeries(id)).map(toSeriesData)];
    yield ['jobs', (await this.jobs.listAll(id)).map(toJobData)];
    yield ['uploads', (await this.uploads.listOf(id)).map(toUploadData)];
  }

  private async videosOf(userId: string): Promise<unknown[]> {
    const videos = await this.videos.list(userId);
    const subtitles = await this.subtitles.listOf(videos.map(({ id }) => id));
    return videos.map((video) => toVideoData(video, subtitles.get(video.id) ?? []));
  }
}
