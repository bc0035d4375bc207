import { Injectable } from '@nestjs/common';
import type { Viewer } from '../common/access.js';
import { CatalogueCache } from './caching/catalogue-cache.service.js';
import { VideosRepository } from './videos.repository.js';

@Injectable()
export class GenresService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly cache: CatalogueCache,
  ) {}

  /** Every genre with the number of its public videos, as of the last change of the catalogue. */
  async list({ generation }: Viewer) {
    const counts = await this.cache.keep('lists', generation, ['genres'], () => {
      return this.videos.countByGenre();
    });
    return {
      genres: counts.map(({ slug, name, videoCount }) => ({ slug, name, video_count: videoCount })),
    };
  }

  /** Adds genres or renames those whose slug exists. */
  async ensure(genres: readonly { slug: string; name: string }[]): Promise<void> {
    await this.videos.upsertGenres(genres.map(({ slug, name }) => ({ slug, name })));
    await this.videos.bumpGeneration();
  }
}
