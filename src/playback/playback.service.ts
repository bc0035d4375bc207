import { Injectable } from '@nestjs/common';
import { HandoverService } from '../catalogue/handover.service.js';
import { VideoPresenter } from '../catalogue/video.presenter.js';
import { VideosService } from '../catalogue/videos.service.js';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { MediaTokens } from '../common/media-token.js';
import { ProgressService } from '../library/progress.service.js';
import { MPD_FILE } from '../media/output-files.js';
import { SubtitlesService } from '../subtitles/subtitles.service.js';
import type { PlaybackDto } from './playback.dto.js';

@Injectable()
export class PlaybackService {
  constructor(
    private readonly videos: VideosService,
    private readonly presenter: VideoPresenter,
    private readonly tokens: MediaTokens,
    private readonly subtitles: SubtitlesService,
    private readonly handover: HandoverService,
    private readonly progress: ProgressService,
  ) {}

  /** @throws DomainError `video.not_found`, `video.not_playable` */
  async open(videoId: string, viewer: Viewer): Promise<PlaybackDto> {
    const video = await this.videos.visible(videoId, viewer);
    const { currentRevisionId: revisionId } = video;
    if (!video.playable || revisionId === null) {
      throw new DomainError('video.not_playable', 'The first segments do not exist yet.');
    }
    const { poster_url, thumbnail_url } = this.presenter.video(video, viewer);
    return {
      hls_url: this.presenter.mediaUrl(viewer, videoId, `${revisionId}/master.m3u8`),
      // It names every segment, so it exists only once there are all; transcoders bring none.
      dash_url:
        video.status === 'ready' && !(await this.handover.isForeign(revisionId))
          ? this.presenter.mediaUrl(viewer, videoId, `${revisionId}/${MPD_FILE}`)
          : null,
      poster_url,
      thumbnail_url,
      storyboard_vtt_url: this.presenter.storyboardUrl(video, viewer),
      subtitles: (await this.subtitles.shownWith(video)).map(({ language, label, path }) => {
        return { language, label, url: this.presenter.mediaUrl(viewer, videoId, path) };
      }),
      resume_at_seconds: await this.progress.resumeAt(viewer, video),
      expires_at: this.tokens.grant(videoId, viewer.id).expiresAt.toISOString(),
    };
  }
}
