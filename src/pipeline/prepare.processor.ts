import { Injectable } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import type { Rendition } from '../catalogue/rendition.entity.js';
import { probeSource } from '../media-tools/ffprobe.js';
import { framesPerSecond } from '../media/frame-rate.js';
import { MediaFault } from '../media/media-fault.js';
import type { SourceInfo } from '../media/source-info.js';
import {
  DEFAULT_ENCODING_SETTINGS,
  EncodingPlanSchema,
  planEncoding,
  type EncodingPlan,
} from '../media/plan.js';
import { JobQueue } from '../ports/job-queue.js';
import { MediaStorage, ObjectNotFoundError } from '../ports/media-storage.js';
import { jobTree } from './flow.js';
import { PipelineSettings } from './pipeline-settings.js';
import { Scratch } from './scratch.js';

/** Looks into the source, plans the encoding, and enqueues it. */
@Injectable()
export class PrepareProcessor {
  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly jobs: JobQueue,
    private readonly settings: PipelineSettings,
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
  }

  private async plan(work: Work): Promise<EncodingPlan> {
    const { sourceKey } = work.video;
    if (sourceKey === null) throw new Error('the source of the video is gone');
    const source = await this.scratch.use('prepare', (folder) => this.probe(sourceKey, folder));
    const plan = planEncoding(source, {
      ...DEFAULT_ENCODING_SETTINGS,
      rungShortSides: this.settings.encoding.ladder,
      preset: this.settings.encoding.preset,
    });
    await this.processing.plan(work, source, plan, plannedRenditions(plan));
    return plan;
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

function plannedRenditions(plan: EncodingPlan): Partial<Rendition>[] {
  return plan.runs.flatMap((run) => [
    ...run.video.map(({ folder, width, height }) => ({
      kind: 'video' as const,
      name: folder,
      width,
      height,
      frameRate: framesPerSecond(plan.frameRate),
    })),
    ...run.audio.map(({ folder, language }) => ({
      kind: 'audio' as const,
      name: folder,
      language: language ?? null,
    })),
  ]);
}
