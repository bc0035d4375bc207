import { Injectable } from '@nestjs/common';
import { ViewsRepository } from './views.repository.js';

/** What is watched of late. */
@Injectable()
export class Trends {
  constructor(private readonly views: ViewsRepository) {}

  /** Returns one line for the record. */
  async refresh(): Promise<string> {
    const changed = await this.views.refreshTrends();
    await this.views.removeForgotten();
    return `the trend of ${changed} ${changed === 1 ? 'video' : 'videos'} changed`;
  }
}
