import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { MailOutbox } from './mail-outbox.service.js';

const SWEEP_MILLISECONDS = 60_000;
/** A mail that is queued for this long may have lost its job, or never got one. */
const STALLED_MILLISECONDS = 5 * 60_000;

/** Brings mails back whose job was lost. Safe on many replicas, as jobs with one id are one job. */
@Injectable()
export class MailSweepTask {
  private readonly logger = new Logger('Sweep');

  constructor(private readonly outbox: MailOutbox) {}

  @Interval(SWEEP_MILLISECONDS)
  async sweep(): Promise<void> {
    try {
      await this.outbox.reviveQueuedBefore(new Date(Date.now() - STALLED_MILLISECONDS));
    } catch (error) {
      this.logger.warn(error instanceof Error ? error.message : String(error));
    }
  }
}
