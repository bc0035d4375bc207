import { Injectable } from '@nestjs/common';
import { AuditService } from '../../audit/audit.service.js';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { IntakeService } from '../intake.service.js';
import { SeriesService } from '../series/series.service.js';
import type { Video } from '../video.entity.js';
import { VideosRepository } from '../videos.repository.js';
import { VideosService } from '../videos.service.js';
import type { VideoChanges } from './video-changes.dto.js';

type EpisodeColumns = Partial<Pick<Video, 'seriesId' | 'seasonNumber' | 'episodeNumber'>>;

/** What owners and staff change about a video. */
@Injectable()
export class VideoChangesService {
  constructor(
    private readonly catalogue: VideosService,
    private readonly videos: VideosRepository,
    private readonly intake: IntakeService,
    private readonly series: SeriesService,
    private readonly audit: AuditService,
  ) {}

  /**
   * @throws DomainError `video.not_found`, `auth.forbidden`, and `request.invalid` for genres and series that do
   * not exist
   */
  async change(id: string, viewer: Viewer, changes: VideoChanges) {
    const video = await this.catalogue.changeable(id, viewer);
    const { title, description, tags, language, visibility } = changes;
    const genres = changes.genres && (await this.intake.genres([...new Set(changes.genres)]));
    const episode = await this.episode(video, viewer, changes);
    const columns = defined({ title, description, tags, language, visibility });
    await this.videos.change(id, { ...columns, ...episode }, genres);
    await this.videos.bumpGeneration();
    if (visibility !== undefined && visibility !== video.visibility) {
      await this.audit.record({
        action: 'video.visibility_changed',
        by: viewer,
        subject: { type: 'video', id },
        details: { from: video.visibility, to: visibility },
      });
    }
    return this.catalogue.get(id, viewer);
  }

  private async episode(
    video: Video,
    viewer: Viewer,
    { series_id: seriesId = video.seriesId, ...numbers }: VideoChanges,
  ): Promise<EpisodeColumns> {
    const { season_number: season, episode_number: number } = numbers;
    if (seriesId === null) {
      const needless = season === undefined ? 'episode_number' : 'season_number';
      if (season !== undefined || number !== undefined) {
        throw invalid(needless, 'is only for episodes of a series');
      }
      return { seriesId, seasonNumber: null, episodeNumber: null };
    }
    const stays = seriesId === video.seriesId;
    if (stays && season === undefined && number === undefined) return {};
    await this.demandSeries(seriesId, viewer);
    const seasonNumber = season ?? (stays ? video.seasonNumber : null) ?? 1;
    const keeps = stays && seasonNumber === video.seasonNumber ? video.episodeNumber : null;
    const episodeNumber = number ?? keeps ?? (await this.series.nextNumber(seriesId, seasonNumber));
    return { seriesId, seasonNumber, episodeNumber };
  }

  private async demandSeries(seriesId: string, viewer: Viewer): Promise<void> {
    try {
      await this.series.changeable(seriesId, viewer);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'series.not_found') throw error;
      throw invalid('series_id', 'there is no such series');
    }
  }
}

function invalid(field: string, message: string): DomainError {
  return new DomainError('request.invalid', 'One or more fields are wrong.', [{ field, message }]);
}

/** Without what is undefined. */
function defined<T extends object>(changes: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
