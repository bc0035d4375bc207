import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import type { Genre } from './genre.entity.js';
import type { Video } from './video.entity.js';
import { VideosRepository } from './videos.repository.js';

/** What is known of a video before anything has looked into its file. */
export type NewVideo = Pick<
  Video,
  | 'id'
  | 'ownerId'
  | 'title'
  | 'description'
  | 'language'
  | 'tags'
  | 'visibility'
  | 'originalFilename'
  | 'sourceKey'
  | 'sourceSizeBytes'
  | 'sourceSha256'
> &
  Partial<Pick<Video, 'sourceEtag' | 'hasOwnCover' | 'thumbnailKey' | 'posterKey'>>;

/** How videos come into the catalogue. */
@Injectable()
export class IntakeService {
  constructor(private readonly videos: VideosRepository) {}

  /** @throws DomainError `request.invalid` for a genre that does not exist */
  async create(video: NewVideo, genreSlugs: readonly string[], revisionId: string): Promise<Video> {
    const genres = await this.genres(genreSlugs);
    await this.videos.insert({ ...video, genres }, { id: revisionId, videoId: video.id });
    await this.videos.bumpGeneration();
    const created = await this.videos.findById(video.id);
    if (!created) throw new Error(`video ${video.id} vanished while it was created`);
    return created;
  }

  /** @throws DomainError `request.invalid` for a genre that does not exist */
  async genres(slugs: readonly string[]): Promise<Genre[]> {
    const genres = await this.videos.findGenres(slugs);
    const unknown = slugs.filter((slug) => !genres.some((genre) => genre.slug === slug));
    if (unknown.length === 0) return genres;
    throw new DomainError('request.invalid', 'One or more fields are wrong.', [
      { field: 'genres', message: `there is no genre ${unknown.join(', ')}` },
    ]);
  }

  async findDuplicate(ownerId: string, sha256: string): Promise<Video | null> {
    return this.videos.findByOwnerAndHash(ownerId, sha256);
  }

  /** What was made of a source, also when it was deleted since. */
  async findBySource(
    ownerId: string,
    sourceKey: string,
    videoId: string | null,
  ): Promise<Video | null> {
    return this.videos.findBySource(ownerId, sourceKey, videoId);
  }

  async hasUpload(ownerId: string, originalFilename: string): Promise<boolean> {
    return this.videos.existsByFilename(ownerId, originalFilename);
  }
}
