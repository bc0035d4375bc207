import { request } from './client';
import type {
  GenreList,
  GenreWithCount,
  Playback,
  PlaybackEvents,
  Video,
  VideoPage,
  VideoStatus,
} from './types';

export const fetchVideos = (
  query: { search?: string; cursor?: string },
  signal?: AbortSignal,
): Promise<VideoPage> =>
  request('GET', '/videos', {
    query: { ...query, page_size: 50 },
    ...(signal ? { signal } : {}),
  });

export const fetchVideo = (id: string, signal: AbortSignal): Promise<Video> =>
  request('GET', videoPath(id), { signal });

export const fetchStatus = (id: string, signal: AbortSignal): Promise<VideoStatus> =>
  request('GET', `${videoPath(id)}/status`, { signal });

export const fetchPlayback = (id: string, signal?: AbortSignal): Promise<Playback> =>
  request('GET', `${videoPath(id)}/playback`, signal ? { signal } : {});

/** Keeps where the viewer is, also when they are leaving. */
export const keepProgress = (id: string, seconds: number): Promise<unknown> =>
  request('PUT', `${videoPath(id)}/progress`, {
    body: { position_seconds: seconds },
    keepalive: true,
  });

/** Tells how playback goes, also when the viewer is leaving. */
export const tellPlayback = (id: string, events: PlaybackEvents): Promise<void> =>
  request('POST', `${videoPath(id)}/playback-events`, { body: events, keepalive: true });

/** Has a video that failed processed again. */
export const retryProcessing = (id: string): Promise<VideoStatus> =>
  request('POST', `${videoPath(id)}/retry`, { body: {} });

export const fetchGenres = async (signal: AbortSignal): Promise<GenreWithCount[]> =>
  (await request<GenreList>('GET', '/genres', { signal })).genres;

const videoPath = (id: string) => `/videos/${encodeURIComponent(id)}`;
