import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Genre } from './genre.entity.js';
import type { Video } from './video.entity.js';

/** What an answer says of a video, whoever asks: plain values, as a cache can keep them. */
export type ShownVideo = Pick<
  Video,
  | 'id'
  | 'number'
  | 'ownerId'
  | 'title'
  | 'description'
  | 'language'
  | 'tags'
  | 'visibility'
  | 'status'
  | 'playable'
  | 'progressPercent'
  | 'durationSeconds'
  | 'thumbnailKey'
  | 'posterKey'
  | 'previewKey'
> & {
  ownerName: string;
  genres: Pick<Genre, 'slug' | 'name'>[];
  series: { id: string; title: string; seasonNumber: number; episodeNumber: number } | null;
  views: number;
  likes: number;
  /** Mean number of stars; null before the first. */
  rating: number | null;
  /** ISO 8601. */
  createdAt: string;
  updatedAt: string;
};

/** The relations that {@link shownOf} looks into. */
export const SHOWN_RELATIONS = { genres: true, owner: true, stats: true, series: true } as const;

/** Joins the same relations to a query. */
export function joinShown<T extends ObjectLiteral>(
  select: SelectQueryBuilder<T>,
  video: string,
): SelectQueryBuilder<T> {
  return select
    .leftJoinAndSelect(`${video}.genres`, 'genre')
    .leftJoinAndSelect(`${video}.owner`, 'owner')
    .leftJoinAndSelect(`${video}.stats`, 'stats')
    .leftJoinAndSelect(`${video}.series`, 'series');
}

/** @param video with the relations {@link SHOWN_RELATIONS} */
export function shownOf(video: Video): ShownVideo {
  const { owner, stats, series, genres = [], seasonNumber, episodeNumber, ...columns } = video;
  return {
    ...columns,
    ownerName: owner?.name ?? '',
    genres: genres.map(({ slug, name }) => ({ slug, name })),
    series:
      series && seasonNumber !== null && episodeNumber !== null
        ? { id: series.id, title: series.title, seasonNumber, episodeNumber }
        : null,
    views: stats?.views ?? 0,
    likes: stats?.likes ?? 0,
    rating: stats?.rating ?? null,
    createdAt: video.createdAt.toISOString(),
    updatedAt: video.updatedAt.toISOString(),
  };
}
