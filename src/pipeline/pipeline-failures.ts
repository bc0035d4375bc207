import { Injectable, Logger } from '@nestjs/common';
import {
  ProcessingService,
  type ProcessingFault,
  type Work,
} from '../catalogue/processing.service.js';
import { ToolFailure } from '../media-tools/tool-failure.js';
import { MediaFault } from '../media/media-fault.js';
import { outputPrefix } from '../media/object-keys.js';
import { PermanentJobError, type JobAttempt } from '../ports/job-queue.js';
import { MediaStorage } from '../ports/media-storage.js';
import type { RevisionIds } from './flow.js';

/** Decides what a failed step means: give up on the video, or let the queue try again. */
@Injectable()
export class PipelineFailures {
  private readonly logger = new Logger('Pipeline');

  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * Runs one step for the video of a job. A job whose video is finished or gone has nothing to do.
   *
   * @throws PermanentJobError when the source can never become a video
   */
  async guard(
    ids: { video_id: string; revision_id: string },
    attempt: JobAttempt,
    step: (work: Work) => Promise<void>,
  ): Promise<void> {
    const revision = { videoId: ids.video_id, revisionId: ids.revision_id };
    const work = await this.processing.find(revision.videoId, revision.revisionId);
    if (!work) {
      await this.clearWithdrawn(revision);
      return;
    }
    try {
      await step(work);
    } catch (error) {
      // Cancelled meanwhile: the step was stopped, or has tripped over what is gone.
      if (await this.clearWithdrawn(revision).catch(() => false)) return;
      // Handed back by a worker that stops: the next one starts the step afresh.
      if (attempt.signal.aborted) throw error;
      if (error instanceof MediaFault) {
        await this.refuse(work, error);
        throw new PermanentJobError(`${error.code}: ${error.detail ?? error.message}`);
      }
      if (attempt.isLast) await this.giveUp(work, error);
      throw error;
    }
    await this.clearWithdrawn(revision);
  }

  /** What was written between the withdrawal and the end of the step goes; true when it was withdrawn. */
  private async clearWithdrawn(revision: RevisionIds): Promise<boolean> {
    if (!(await this.processing.isWithdrawn(revision))) return false;
    await this.storage.deleteTree(outputPrefix(revision.videoId, revision.revisionId));
    return true;
  }

  /** The source itself is at fault: it is of no use, and nothing of it is kept. */
  private async refuse(work: Work, fault: MediaFault): Promise<void> {
    const { video } = work;
    if (video.sourceKey !== null) await this.storage.delete(video.sourceKey);
    await this.end(work, {
      code: fault.code,
      detail: fault.message,
      logTail: fault.detail === undefined ? [] : [fault.detail],
    });
    await this.processing.forgetSource(video.id);
  }

  /** Something else is at fault: the source stays, so that the work can be tried again later. */
  private async giveUp(work: Work, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    await this.end(work, {
      code: 'processing.failed',
      detail: 'The video could not be processed. It can be tried again.',
      logTail: error instanceof ToolFailure ? error.logTail : [message],
    });
  }

  /** Cleans up before the verdict is shown: a video that has failed has left nothing behind. */
  private async end(work: Work, fault: ProcessingFault): Promise<void> {
    const { video, revision } = work;
    await this.storage.deleteTree(outputPrefix(video.id, revision.id));
    this.logger.warn(`video ${video.id}: ${fault.code} ${fault.logTail.at(-1) ?? ''}`);
    await this.processing.fail(work, { ...fault, logTail: fault.logTail.map(withoutFolders) });
  }
}

/** Where files lie on this machine is nobody's business: only their names are left. */
function withoutFolders(line: string): string {
  return line.replace(/(file:)?(\/[^/\s'":]+)+\//g, '');
}
