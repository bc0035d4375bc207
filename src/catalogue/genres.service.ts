import { Injectable } from '@nestjs/common';
import { Cache } from '../ports/cache.js';
import { VideosRepository } from './videos.repository.js';

const CACHE_SECONDS = 15 * 60;

@Injectable()
export class GenresService {
  constructor(
    private readonly videos: VideosRepository,
    private readonly cache: Cache,
  ) {}

  /** Every genre with the number of its public videos, as of the last change of the catalogue. */
  async list() {
    // The generation in the key makes an entry of an older catalogue unreachable at once.
    const key = `genres:${await this.videos.generation()}`;
    const counts = await this.cache.wrap(key, CACHE_SECONDS, () => this.videos.countByGenre());
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
