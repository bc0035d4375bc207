import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Video } from '../catalogue/video.entity.js';
import type { Subtitle } from './subtitle.entity.js';
import { SubtitlesRepository } from './subtitles.repository.js';

/** A text track that was found in a source and stored with its revision. */
export interface EmbeddedTrack {
  /** BCP 47; undefined when the source does not say. */
  language: string | undefined;
  label: string;
  /** Below the video's prefix. */
  path: string;
}

/** BCP 47's tag for a language nobody knows. */
const UNDETERMINED = 'und';

/** The text tracks of videos. */
@Injectable()
export class SubtitlesService {
  constructor(private readonly subtitles: SubtitlesRepository) {}

  /** What can be shown with the film as it is now: its own tracks, then the uploaded ones. */
  async shownWith({ id, currentRevisionId }: Video): Promise<Subtitle[]> {
    return this.subtitles.findShown(id, currentRevisionId);
  }

  /** Every track that is kept of some videos, by the video's id; the oldest first. */
  async listOf(videoIds: readonly string[]): Promise<Map<string, Subtitle[]>> {
    const byVideo = new Map<string, Subtitle[]>();
    for (const subtitle of await this.subtitles.findOfVideos(videoIds)) {
      const tracks = byVideo.get(subtitle.videoId) ?? [];
      byVideo.set(subtitle.videoId, [...tracks, subtitle]);
    }
    return byVideo;
  }

  /** Keeps the tracks of a revision; called again, the later ones count. */
  async keepEmbedded(
    { videoId, revisionId }: { videoId: string; revisionId: string },
    tracks: readonly EmbeddedTrack[],
  ): Promise<void> {
    const rows = tracks.map(({ language = UNDETERMINED, label, path }, position) => {
      return { id: randomUUID(), videoId, revisionId, position, language, label, path };
    });
    await this.subtitles.replaceEmbedded(revisionId, rows);
  }
}
