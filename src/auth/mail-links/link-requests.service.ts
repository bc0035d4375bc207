import { Injectable } from '@nestjs/common';
import { networkOf } from '../../common/network-of.js';
import { AccountsConfig } from '../../config/config.js';
import type { JobPayload } from '../../ports/job-contracts.js';
import { JobQueue } from '../../ports/job-queue.js';
import { RateLimiter } from '../../ports/rate-limiter.js';

type LinkRequest = JobPayload<'mail-link'>;

/** What people ask for with nothing but an address, which may be somebody else's. */
@Injectable()
export class LinkRequests {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly config: AccountsConfig,
    private readonly jobs: JobQueue,
  ) {}

  /** @throws TooManyRequestsError when one network asks too often, whatever for */
  async admit(address: string): Promise<void> {
    const points = this.config.linksPerHour;
    const limit = { name: 'link-requests', points, seconds: 3600 };
    await this.limiter.admit(
      limit,
      networkOf(address),
      'Too many links asked for from your address.',
    );
  }

  /** Mails in a moment what is asked for, if the address is one that it is for. */
  async mail(purpose: LinkRequest['purpose'], email: string): Promise<void> {
    await this.jobs.add('mail-link', { purpose, email });
  }
}
