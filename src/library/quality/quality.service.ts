import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { VideosService } from '../../catalogue/videos.service.js';
import type { Viewer } from '../../common/access.js';
import { RateLimiter, type RateLimit } from '../../ports/rate-limiter.js';
import { WriteBuffer } from '../write-buffer.js';
import { addCounts, type PlaybackCounts } from './playback-counts.js';
import {
  toCounts,
  toQualityDto,
  type PlaybackEvents,
  type PlaybackQualityDto,
} from './quality.dto.js';
import { QualityRepository } from './quality.repository.js';

const REPORTS: RateLimit = { name: 'playback-events', points: 60, seconds: 60 };
/** However often a player tells of it, a session is one. */
const ONE_SESSION: RateLimit = { name: 'playback-sessions', points: 1, seconds: 24 * 3600 };

/** How well playback goes, as players tell. */
@Injectable()
export class QualityService implements BeforeApplicationShutdown {
  private readonly buffer: WriteBuffer<PlaybackCounts>;

  constructor(
    private readonly rows: QualityRepository,
    private readonly videos: VideosService,
    private readonly limiter: RateLimiter,
  ) {
    this.buffer = new WriteBuffer(addCounts, (batch) => rows.add(batch));
  }

  /** @throws DomainError `video.not_found`, `request.too_many` */
  async take(videoId: string, viewer: Viewer, events: PlaybackEvents): Promise<void> {
    await this.limiter.admit(
      REPORTS,
      viewer.id,
      'The player tells too much. It may wait a minute.',
    );
    await this.videos.visible(videoId, viewer);
    const { allowed: isNew } = await this.limiter.consume(
      ONE_SESSION,
      `${viewer.id} ${videoId} ${events.session_id}`,
    );
    await this.buffer.add(videoId, toCounts(events, isNew));
  }

  /**
   * For the owner of the video and staff.
   *
   * @throws DomainError `video.not_found`, `auth.forbidden`
   */
  async figures(videoId: string, viewer: Viewer, days: number): Promise<PlaybackQualityDto> {
    await this.videos.changeable(videoId, viewer);
    return toQualityDto(await this.rows.findDays(videoId, days));
  }

  /** Forgets what nobody can ask for any more. Returns how many days of videos. */
  async removeBefore(moment: Date): Promise<number> {
    return this.rows.removeBefore(moment);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.buffer.close();
  }
}
