import { Injectable, Logger } from '@nestjs/common';
import { Interval } from '@nestjs/schedule';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { JobQueue } from '../ports/job-queue.js';

const SWEEP_MILLISECONDS = 60_000;
/** A video that has not moved for this long may have lost its job. */
const STALLED_MILLISECONDS = 5 * 60_000;

/**
 * Brings back jobs that were lost: a row and its job cannot be written in one transaction on both
 * stores. Safe on many replicas, as jobs with the same id are one job.
 */
@Injectable()
export class SweepTask {
  private readonly logger = new Logger('Sweep');

  constructor(
    private readonly processing: ProcessingService,
    private readonly jobs: JobQueue,
  ) {}

  @Interval(SWEEP_MILLISECONDS)
  async sweep(): Promise<void> {
    try {
      const stalled = await this.processing.findStalled(
        new Date(Date.now() - STALLED_MILLISECONDS),
      );
      for (const work of stalled) await this.revive(work);
    } catch (error) {
      this.logger.warn(error instanceof Error ? error.message : String(error));
    }
  }

  private async revive({ video, revision }: Work): Promise<void> {
    const id = `prepare-${revision.id}`;
    const pending = [
      await this.jobs.isPending('prepare', id),
      await this.jobs.isPending('publish', `publish-${revision.id}`),
    ];
    if (pending.includes(true)) return;
    this.logger.log(`video ${video.id} had lost its job`);
    await this.jobs.add('prepare', { video_id: video.id, revision_id: revision.id }, { id });
  }
}
