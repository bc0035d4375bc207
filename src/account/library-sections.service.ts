import { Injectable } from '@nestjs/common';
import { CommentsService } from '../library/comments/comments.service.js';
import { MyListService } from '../library/my-list.service.js';
import { ProgressService } from '../library/progress.service.js';
import { ReactionsService } from '../library/reactions/reactions.service.js';
import type { User } from '../users/user.entity.js';
import {
  toCommentData,
  toLikeData,
  toListData,
  toRatingData,
  toWatchedData,
} from './personal-data.dto.js';

/** The sections of a person's data that are about what they watch and what they think of it. */
@Injectable()
export class LibrarySections {
  constructor(
    private readonly progress: ProgressService,
    private readonly list: MyListService,
    private readonly reactions: ReactionsService,
    private readonly comments: CommentsService,
  ) {}

  async *of({ id }: User): AsyncIterable<[name: string, section: unknown]> {
    yield ['watched', (await this.progress.listOf(id)).map(toWatchedData)];
    yield ['list', (await this.list.listOf(id)).map(toListData)];
    const reactions = await this.reactions.listOf(id);
    yield ['likes', reactions.flatMap(toLikeData)];
    yield ['ratings', reactions.flatMap(toRatingData)];
    yield ['comments', (await this.comments.listOf(id)).map(toCommentData)];
  }
}
