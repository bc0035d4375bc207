import { Injectable, Logger } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { sha256Of } from '../common/object-hash.js';
import { Scratch } from '../common/scratch.js';
import { probeSource } from '../media-tools/ffprobe.js';
import { MediaFault } from '../media/media-fault.js';
import type { SourceInfo } from '../media/source-info.js';
import { EncodingPlanSchema, type EncodingPlan } from '../media/encoding-plan.js';
import { JobQueue } from '../ports/job-queue.js';
import { MediaStorage, ObjectNotFoundError } from '../ports/media-storage.js';
import { jobTree } from './flow.js';
import { PipelineSettings } from './pipeline-settings.js';
import { plannedRenditions, Planner } from './planner.js';
import { requireUnchanged } from './source-check.js';

/** Looks into the source, plans the encoding, and enqueues it. */
@Injectable()
export class PrepareProcessor {
  private readonly logger = new Logger('Pipeline');

  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly jobs: JobQueue,
    private readonly settings: PipelineSettings,
    private readonly planner: Planner,
    private readonly scratch: Scratch,
  ) {}

  async process(work: Work, priority: number | undefined): Promise<void> {
    await this.processing.begin(work.video.id);
    const plan = work.revision.plan
      ? EncodingPlanSchema.parse(work.revision.plan)
      : await this.plan(work);
    const ids = { videoId: work.video.id, revisionId: work.revision.id };
    // Before the jobs: written any later, it would take the video back from being encoded.
    await this.processing.progress(work.video.id, 'queued', 0);
    await this.jobs.addTree(jobTree(ids, plan, priority));
    await this.learnHash(work);
  }

  private async plan(work: Work): Promise<EncodingPlan> {
    const { sourceKey } = work.video;
    if (sourceKey === null) throw new Error('the source of the video is gone');
    await requireUnchanged(this.storage, sourceKey, work.video);
    const source = await this.scratch.use('prepare', (folder) => this.probe(sourceKey, folder));
    const plan = await this.planner.plan(work.video.id, source);
    await this.processing.plan(work, source, plan, plannedRenditions(plan));
    // From here on the storage itself may move, and with it every ETag.
    await this.processing.describeSource(work.video.id, { sourceEtag: null });
    return plan;
  }

  /** Only so that the same file is known when it comes again: the film does not wait for it. */
  private async learnHash({ video }: Work): Promise<void> {
    if (video.sourceSha256 !== null || video.sourceKey === null) return;
    try {
      const sourceSha256 = await sha256Of(this.storage, video.sourceKey);
      await this.processing.describeSource(video.id, { sourceSha256 });
    } catch (error) {
      this.logger.warn(`the source of video ${video.id} has no hash: ${String(error)}`);
    }
  }

  private async probe(sourceKey: string, folder: string): Promise<SourceInfo> {
    try {
      const file = await this.storage.localCopy(sourceKey, folder);
      return await probeSource(file, { ffprobePath: this.settings.tools.ffprobePath });
    } catch (error) {
      // An attempt that was killed while it refused the source has deleted it already.
      if (error instanceof ObjectNotFoundError) throw new MediaFault('source.unreadable');
      throw error;
    }
  }
}
