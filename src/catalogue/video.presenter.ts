import { Injectable } from '@nestjs/common';
import type { Viewer } from '../common/access.js';
import { MediaTokens } from '../common/media-token.js';
import { PlaybackConfig } from '../config/config.js';
import type { Rendition } from './rendition.entity.js';
import { shownOf, type ShownVideo } from './shown-video.js';
import type { VideoDto, VideoMetadataDto, VideoStatusDto } from './video.dto.js';
import type { Video } from './video.entity.js';

/** Turns videos into what the API answers; media links are signed for one viewer. */
@Injectable()
export class VideoPresenter {
  constructor(
    private readonly tokens: MediaTokens,
    private readonly config: PlaybackConfig,
  ) {}

  /** A link to the object `videos/{video}/{path}` that `viewer` may follow for some hours. */
  mediaUrl(viewer: Viewer, videoId: string, path: string): string {
    return this.mediaFolders(viewer)(videoId) + path;
  }

  /** @param video with the relations of `SHOWN_RELATIONS` */
  video(video: Video, viewer: Viewer): VideoDto {
    return videoDto(shownOf(video), viewer, this.mediaFolders(viewer)(video.id));
  }

  shown(videos: readonly ShownVideo[], viewer: Viewer): VideoDto[] {
    const folderOf = this.mediaFolders(viewer);
    return videos.map((video) => videoDto(video, viewer, folderOf(video.id)));
  }

  storyboardUrl(video: Video, viewer: Viewer): string | null {
    return this.imageUrl(viewer, video, video.storyboardKey);
  }

  thumbnailUrl(video: Video, viewer: Viewer): string | null {
    return this.imageUrl(viewer, video, video.thumbnailKey);
  }

  /** @param queuePosition of the job that waits for its turn, when one does */
  status(
    video: Video,
    renditions: readonly Rendition[],
    queuePosition: number | undefined,
  ): VideoStatusDto {
    return {
      id: video.id,
      status: video.status,
      playable: video.playable,
      progress: {
        percent: video.progressPercent,
        stage: video.progressStage,
        eta_seconds: secondsUntil(video.expectedReadyAt),
        queue_position: queuePosition ?? null,
      },
      renditions: renditions.map(({ name, status }) => ({ name, status })),
      error: video.errorCode
        ? {
            code: video.errorCode,
            detail: video.errorDetail ?? '',
            log_tail: video.errorLogTail,
          }
        : null,
    };
  }

  metadata(video: Video, viewer: Viewer): VideoMetadataDto {
    const { durationSeconds, width, height } = video;
    return {
      id: video.id,
      filename: video.originalFilename,
      upload_time: video.createdAt.toISOString(),
      status: video.status,
      duration: durationSeconds === null ? null : clockTime(durationSeconds),
      duration_seconds: durationSeconds,
      thumbnail_url: this.imageUrl(viewer, video, video.thumbnailKey),
      resolution: width === null || height === null ? null : `${width}x${height}`,
      fps: video.frameRate,
      codec: video.codec,
      size_bytes: video.sourceSizeBytes,
    };
  }

  private imageUrl(viewer: Viewer, video: Pick<Video, 'id'>, key: string | null): string | null {
    return urlIn(this.mediaFolders(viewer)(video.id), video, key);
  }

  /** One signature is good for everything of a video. */
  private mediaFolders(viewer: Viewer): (videoId: string) => string {
    const sign = this.tokens.signerFor(viewer.id);
    return (videoId) => `${this.config.cdnBaseUrl}/media/${sign(videoId)}/`;
  }
}

/** @param folder where its viewer finds its objects */
function videoDto(video: ShownVideo, viewer: Viewer, folder: string): VideoDto {
  const { series } = video;
  return {
    id: video.id,
    number: video.number,
    title: video.title,
    description: video.description,
    genres: video.genres,
    language: video.language,
    tags: video.tags,
    visibility: video.visibility,
    status: video.status,
    playable: video.playable,
    progress_percent: video.progressPercent,
    duration_seconds: video.durationSeconds,
    thumbnail_url: urlIn(folder, video, video.thumbnailKey),
    poster_url: urlIn(folder, video, video.posterKey),
    preview_url: urlIn(folder, video, video.previewKey),
    series: series && {
      id: series.id,
      title: series.title,
      season_number: series.seasonNumber,
      episode_number: series.episodeNumber,
    },
    views: video.views,
    likes: video.likes,
    rating: video.rating,
    uploaded_by: maySeeOwner(video, viewer) ? { id: video.ownerId, name: video.ownerName } : null,
    created_at: video.createdAt,
    updated_at: video.updatedAt,
  };
}

function urlIn(folder: string, { id }: Pick<Video, 'id'>, key: string | null): string | null {
  return key === null ? null : folder + key.slice(`videos/${id}/`.length);
}

/** Demo guests do not see other people. */
function maySeeOwner({ ownerId }: Pick<Video, 'ownerId'>, { id, isDemo }: Viewer): boolean {
  return !isDemo || ownerId === id;
}

/** An expectation that has passed tells nothing any more. */
function secondsUntil(moment: Date | null): number | null {
  const left = moment ? (moment.getTime() - Date.now()) / 1000 : 0;
  return left > 0 ? Math.ceil(left) : null;
}

/** Whole seconds as `HH:MM:SS`. */
function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
}
