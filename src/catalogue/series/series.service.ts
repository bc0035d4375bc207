import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Viewer } from '../../common/access.js';
import { DomainError } from '../../common/domain-error.js';
import { pageFields } from '../../common/pagination.js';
import type { ShownVideo } from '../shown-video.js';
import { ShownVideosRepository } from '../shown-videos.repository.js';
import { mayChange } from '../video-access.js';
import { VideoPresenter } from '../video.presenter.js';
import { VideosRepository } from '../videos.repository.js';
import type { NewSeries, SeriesChanges, SeriesDto, SeriesListQuery } from './series.dto.js';
import type { Series } from './series.entity.js';
import { SeriesRepository } from './series.repository.js';

/** Series, as a viewer may know of them; their owners and staff change them. */
@Injectable()
export class SeriesService {
  constructor(
    private readonly series: SeriesRepository,
    private readonly videos: VideosRepository,
    private readonly shown: ShownVideosRepository,
    private readonly presenter: VideoPresenter,
  ) {}

  async create(viewer: Viewer, series: NewSeries): Promise<SeriesDto> {
    const id = randomUUID();
    await this.series.insert({ ...series, id, ownerId: viewer.id });
    await this.videos.bumpGeneration();
    return toSeriesDto(await this.known(id, viewer), viewer);
  }

  /** By title. */
  async list(viewer: Viewer, query: SeriesListQuery) {
    const [series, total] = await this.series.findPage(viewer, query);
    return {
      series: series.map((one) => toSeriesDto(one, viewer)),
      ...pageFields(total, query.page, query.page_size),
    };
  }

  /** @throws DomainError `series.not_found`, also for what the viewer may not know of */
  async get(id: string, viewer: Viewer) {
    const series = await this.known(id, viewer);
    const ids = await this.series.findEpisodes(id, viewer);
    const episodes = await this.shown.find(ids, viewer.generation);
    return { ...toSeriesDto(series, viewer), seasons: this.seasonsOf(episodes, viewer) };
  }

  /** @throws DomainError `series.not_found`, `auth.forbidden` */
  async change(id: string, viewer: Viewer, changes: SeriesChanges): Promise<SeriesDto> {
    await this.changeable(id, viewer);
    await this.series.update(id, changes);
    await this.videos.bumpGeneration();
    return toSeriesDto(await this.known(id, viewer), viewer);
  }

  /** @throws DomainError `series.not_found`, `auth.forbidden` */
  async delete(id: string, viewer: Viewer): Promise<void> {
    await this.changeable(id, viewer);
    await this.series.delete(id);
    await this.videos.bumpGeneration();
  }

  /** @throws DomainError `series.not_found`, `auth.forbidden` */
  async changeable(id: string, viewer: Pick<Viewer, 'id' | 'role'>): Promise<Series> {
    const series = await this.known(id, viewer);
    if (mayChange(series, viewer)) return series;
    throw new DomainError('auth.forbidden', 'Only its owner or staff may change a series.');
  }

  /** The number after the last episode of a season. */
  async nextNumber(seriesId: string, seasonNumber: number): Promise<number> {
    return this.series.nextNumber(seriesId, seasonNumber);
  }

  private async known(id: string, viewer: Pick<Viewer, 'id' | 'role'>): Promise<Series> {
    const series = await this.series.findKnown(id, viewer);
    if (!series) throw new DomainError('series.not_found', 'No series has this id.');
    return series;
  }

  private seasonsOf(episodes: readonly ShownVideo[], viewer: Viewer) {
    const numbers = [...new Set(episodes.map(({ series }) => series?.seasonNumber ?? 0))];
    return numbers.map((number) => ({
      season_number: number,
      episodes: this.presenter.shown(
        episodes.filter(({ series }) => series?.seasonNumber === number),
        viewer,
      ),
    }));
  }
}

function toSeriesDto(series: Series, viewer: Pick<Viewer, 'id'>): SeriesDto {
  return {
    id: series.id,
    title: series.title,
    description: series.description,
    owned_by_me: series.ownerId === viewer.id,
    created_at: series.createdAt.toISOString(),
    updated_at: series.updatedAt.toISOString(),
  };
}
