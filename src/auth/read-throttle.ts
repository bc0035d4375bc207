import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { THROTTLED, type Viewer } from '../common/access.js';
import { networkOf } from '../common/network-of.js';
import { TooManyRequestsError } from '../common/too-many-requests.js';
import { AccountsConfig } from '../config/config.js';
import { RateLimiter } from '../ports/rate-limiter.js';

const SECONDS = 60;

/** Counts the reads of routes that say so, and tells every reader where they stand. */
@Injectable()
export class ReadThrottle {
  constructor(
    private readonly reflector: Reflector,
    private readonly limiter: RateLimiter,
    private readonly config: AccountsConfig,
  ) {}

  /**
   * @param viewer nobody is counted by their address
   * @throws TooManyRequestsError when this read is one too many
   */
  async admit(context: ExecutionContext, viewer: Viewer | undefined): Promise<void> {
    if (!this.reflector.get<boolean | undefined>(THROTTLED, context.getHandler())) return;
    const { ip } = context.switchToHttp().getRequest<FastifyRequest>();
    const [name, points, key] = viewer
      ? ['reads', this.config.readsPerMinute, viewer.id]
      : ['anonymous-reads', this.config.anonymousReadsPerMinute, networkOf(ip)];
    if (points === 0) return;
    const allowance = await this.limiter.consume({ name, points, seconds: SECONDS }, key);
    context
      .switchToHttp()
      .getResponse<FastifyReply>()
      .header('ratelimit-limit', points)
      .header('ratelimit-remaining', allowance.remaining)
      .header('ratelimit-reset', allowance.resetSeconds);
    if (allowance.allowed) return;
    const detail = `Only ${points} reads of the catalogue are possible in a minute.`;
    throw new TooManyRequestsError(detail, allowance.resetSeconds);
  }
}
