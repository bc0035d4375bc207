import { randomUUID } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import {
  ProcessingService,
  type ProcessingFault,
  type Work,
} from '../catalogue/processing.service.js';
import { prepareJob } from '../catalogue/revision-jobs.js';
import { SourcesService } from '../catalogue/sources/sources.service.js';
import { ToolFailure } from '../media-tools/tool-failure.js';
import { MediaFault } from '../media/media-fault.js';
import { outputPrefix } from '../media/object-keys.js';
import { EncodingPlanSchema } from '../media/encoding-plan.js';
import { JobQueue, PermanentJobError, type JobAttempt } from '../ports/job-queue.js';
import { MediaStorage, StorageUnavailableError } from '../ports/media-storage.js';
import type { RevisionIds } from './flow.js';
import { limitsAfter, type PlanLimits } from './plan-limits.js';
import { plannedRenditions, Planner } from './planner.js';

/** Decides what a failed step means: give up on the video, or let the queue try again. */
@Injectable()
export class PipelineFailures {
  private readonly logger = new Logger('Pipeline');

  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly jobs: JobQueue,
    private readonly planner: Planner,
    private readonly sources: SourcesService,
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
      if (await this.planAgain(work, error)) return;
      if (error instanceof MediaFault) {
        await this.refuse(work, error);
        throw new PermanentJobError(`${error.code}: ${error.detail ?? error.message}`);
      }
      // Says nothing about the video: the sweep goes on with it once the storage is back.
      if (error instanceof StorageUnavailableError) throw error;
      if (attempt.isLast) await this.giveUp(work, error);
      throw error;
    }
    await this.clearWithdrawn(revision);
  }

  /** A title is given up, and its source blamed, only for a plan that takes no chances. */
  private async planAgain(work: Work, error: unknown): Promise<boolean> {
    const { video, revision } = work;
    const { sourceInfo } = revision;
    if (!revision.plan || !sourceInfo) return false;
    const limits = limitsAfter(EncodingPlanSchema.parse(revision.plan), error);
    if (!limits) return false;
    this.logger.warn(`video ${video.id} is planned again ${wordsFor(limits)}: ${reasonOf(error)}`);
    const plan = await this.planner.plan(video.id, sourceInfo, limits);
    const successor = { id: randomUUID(), sourceInfo, plan };
    if (await this.processing.supersede(work, successor, plannedRenditions(plan))) {
      await this.storage.deleteTree(outputPrefix(video.id, revision.id));
      const payload = { video_id: video.id, revision_id: successor.id };
      await this.jobs.add('prepare', payload, { id: prepareJob(successor.id).id });
    }
    return true;
  }

  /** What was written between the withdrawal and the end of the step goes; true when it was withdrawn. */
  private async clearWithdrawn(revision: RevisionIds): Promise<boolean> {
    if (!(await this.processing.isWithdrawn(revision))) return false;
    await this.storage.deleteTree(outputPrefix(revision.videoId, revision.revisionId));
    return true;
  }

  /** The source itself is at fault: it is of no use, and goes unless another video is made of it. */
  private async refuse(work: Work, fault: MediaFault): Promise<void> {
    await this.sources.release(work.video.id);
    await this.end(work, {
      code: fault.code,
      detail: fault.message,
      logTail: fault.detail === undefined ? [] : [fault.detail],
    });
  }

  /** Something else is at fault: the source stays, so that the work can be tried again later. */
  private async giveUp(work: Work, error: unknown): Promise<void> {
    await this.end(work, {
      code: 'processing.failed',
      detail: 'The video could not be processed. It can be tried again.',
      logTail: error instanceof ToolFailure ? error.logTail : [reasonOf(error)],
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

function wordsFor({ remux, anyEncoder }: PlanLimits): string {
  return [remux ? [] : "without its source's bitstream", anyEncoder ? [] : 'for x264 alone']
    .flat()
    .join(', ');
}

function reasonOf(error: unknown): string {
  if (error instanceof MediaFault) return error.detail ?? error.code;
  return error instanceof Error ? error.message : String(error);
}

/** Where files lie on this machine is nobody's business: only their names are left. */
function withoutFolders(line: string): string {
  return line.replace(/(file:)?(\/[^/\s'":]+)+\//g, '');
}
