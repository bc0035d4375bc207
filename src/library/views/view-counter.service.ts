import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { RateLimiter, type RateLimit } from '../../ports/rate-limiter.js';
import { WriteBuffer } from '../write-buffer.js';
import { ViewsRepository } from './views.repository.js';

/** What was watched again sooner was not another view. Who forgets their history changes nothing here. */
const ONE_VIEW: RateLimit = { name: 'views', points: 1, seconds: 30 * 60 };

/** Counts views, each viewer of a video once in half an hour. */
@Injectable()
export class ViewCounter implements BeforeApplicationShutdown {
  private readonly buffer: WriteBuffer<number>;

  constructor(
    private readonly limiter: RateLimiter,
    views: ViewsRepository,
  ) {
    this.buffer = new WriteBuffer(
      (one, other) => one + other,
      (batch) => views.add(batch),
    );
  }

  async count(viewerId: string, videoId: string): Promise<void> {
    const { allowed } = await this.limiter.consume(ONE_VIEW, `${viewerId} ${videoId}`);
    if (allowed) await this.buffer.add(videoId, 1);
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.buffer.close();
  }
}
