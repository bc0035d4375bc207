import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import { OwnedVideosService } from '../catalogue/owned-videos.service.js';
import { MailLog } from '../mail/mail-log.service.js';
import { SubtitlesService } from '../subtitles/subtitles.service.js';
import type { User } from '../users/user.entity.js';
import { toEventData, toMailData, toVideoData } from './personal-data.dto.js';

/** The sections of a person's data that are about what they did, and what was done. */
@Injectable()
export class ActivitySections {
  constructor(
    private readonly videos: OwnedVideosService,
    private readonly subtitles: SubtitlesService,
    private readonly audit: AuditService,
    private readonly mailLog: MailLog,
  ) {}

  async *of({ id }: User): AsyncIterable<[name: string, section: unknown]> {
    yield ['videos', await this.videosOf(id)];
    yield ['events', (await this.audit.listOf(id)).map((event) => toEventData(event, id))];
    yield ['mails', (await this.mailLog.listOf(id)).map(toMailData)];
  }

  private async videosOf(userId: string): Promise<unknown[]> {
    const videos = await this.videos.list(userId);
    const subtitles = await this.subtitles.listOf(videos.map(({ id }) => id));
    return videos.map((video) => toVideoData(video, subtitles.get(video.id) ?? []));
  }
}
