import { Injectable } from '@nestjs/common';
import type { Viewer } from '../common/access.js';
import { DomainError } from '../common/domain-error.js';
import { toProgressDto, type MineDto } from './library.dto.js';
import { MineRepository } from './mine.repository.js';

/** What somebody has to do with a video. */
@Injectable()
export class MineService {
  constructor(private readonly mine: MineRepository) {}

  /** @throws DomainError `video.not_found` */
  async get(viewer: Viewer, videoId: string): Promise<MineDto> {
    const mine = await this.mine.find(viewer, videoId);
    if (!mine) throw new DomainError('video.not_found', 'No video has this id.');
    const { liked, stars, inList, positionSeconds, durationSeconds, watchedAt } = mine;
    const isBegun = positionSeconds !== null && watchedAt !== null;
    return {
      liked,
      stars,
      in_list: inList,
      progress: isBegun ? toProgressDto({ positionSeconds, durationSeconds, watchedAt }) : null,
    };
  }
}
