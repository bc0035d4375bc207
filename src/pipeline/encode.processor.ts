import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { runFfmpeg } from '../media-tools/ffmpeg.js';
import { encodeArgs, outputFolders, renditionFolders } from '../media/encode-args.js';
import { outputKey } from '../media/object-keys.js';
import { EncodingPlanSchema, type EncodingPlan, type EncodingRun } from '../media/plan.js';
import { MediaStorage } from '../ports/media-storage.js';
import { EncodeMeter } from './encode-meter.js';
import { MASTER_FILE, multivariantOf } from './multivariant.js';
import { PipelineSettings } from './pipeline-settings.js';
import { RenditionPublisher } from './rendition-publisher.js';
import { Scratch } from './scratch.js';
import { StillsPublisher } from './stills-publisher.js';
import { WithdrawalWatch } from './withdrawal.js';

/** How often finished segments are looked for. */
const POLL_MILLISECONDS = 200;

interface RunContext {
  work: Work;
  plan: EncodingPlan;
  run: EncodingRun;
  folder: string;
  publishers: RenditionPublisher[];
  stills: StillsPublisher;
  meter: EncodeMeter;
}

/** Runs ffmpeg once and publishes what it makes while it makes it. */
@Injectable()
export class EncodeProcessor {
  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly settings: PipelineSettings,
    private readonly scratch: Scratch,
  ) {}

  async process(work: Work, runId: string, signal: AbortSignal): Promise<void> {
    const plan = EncodingPlanSchema.parse(work.revision.plan);
    const run = plan.runs.find(({ id }) => id === runId);
    if (!run) throw new Error(`the plan has no run ${runId}`);
    await this.processing.startRenditions(work.revision.id, renditionFolders(run));
    const meter = new EncodeMeter(this.processing, work, plan.durationSeconds);
    await meter.begin();
    await this.scratch.use('encode', async (folder) => {
      for (const name of outputFolders(run)) await mkdir(path.join(folder, name));
      const publishers = this.publishersOf(work, plan, run, folder);
      const stills = new StillsPublisher(this.processing, this.storage, work, run.stills, folder);
      const context = { work, plan, run, folder, publishers, stills, meter };
      await this.encodeAndPublish(context, signal);
      await this.finish(context);
    });
  }

  private publishersOf(work: Work, plan: EncodingPlan, run: EncodingRun, folder: string) {
    const ids = { videoId: work.video.id, revisionId: work.revision.id };
    return renditionFolders(run).map((name) => {
      const directory = path.join(folder, name);
      return new RenditionPublisher(this.storage, ids, name, directory, plan.segmentSeconds);
    });
  }

  /** When either side fails the other is stopped, and the first failure is told. */
  private async encodeAndPublish(context: RunContext, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const encoded = new AbortController();
    const withdrawal = new WithdrawalWatch(this.processing, {
      videoId: context.work.video.id,
      revisionId: context.work.revision.id,
    });
    const stop = AbortSignal.any([signal, failed.signal, withdrawal.signal]);
    const encoding = this.encode(context, stop).finally(() => encoded.abort());
    const publishing = this.publishUntil(context, encoded.signal).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    const [published, ended] = await Promise.allSettled([publishing, encoding]);
    withdrawal.stop();
    if (published.status === 'rejected') throw published.reason;
    if (ended.status === 'rejected') throw ended.reason;
  }

  private async encode(
    { work, plan, run, folder, meter }: RunContext,
    signal: AbortSignal,
  ): Promise<void> {
    const { tools } = this.settings;
    const sourceKey = work.video.sourceKey;
    if (sourceKey === null) throw new Error('the source of the video is gone');
    const sourcePath = await this.storage.localCopy(sourceKey, folder);
    try {
      await runFfmpeg({
        ffmpegPath: tools.ffmpegPath,
        args: encodeArgs(plan, run, { sourcePath, outputDirectory: folder }),
        signal,
        stallSeconds: tools.stallSeconds,
        memoryLimitBytes: tools.memoryBytes,
        onProgress: (progress) => meter.report(progress),
        hasAdvanced: () => meter.hasAdvanced(),
      });
    } finally {
      await meter.settle();
    }
  }

  private async publishUntil(context: RunContext, encoded: AbortSignal): Promise<void> {
    let playable = false;
    for (;;) {
      // Looked at before the segments: whatever was complete by then is published below.
      const isLast = encoded.aborted;
      await Promise.all(context.publishers.map((publisher) => publisher.advance()));
      if (!playable && context.publishers.every((publisher) => publisher.started)) {
        playable = true;
        await this.startPlayback(context);
      }
      await context.stills.advance();
      const seconds = context.publishers.map((publisher) => publisher.publishedSeconds);
      context.meter.reach(Math.min(...seconds));
      if (isLast) return;
      await sleep(POLL_MILLISECONDS, undefined, { signal: encoded }).catch(() => undefined);
    }
  }

  private async startPlayback({ work, plan, publishers }: RunContext): Promise<void> {
    const known = new Map(publishers.map(({ folder, codec }) => [folder, { codec }]));
    const key = outputKey(work.video.id, work.revision.id, MASTER_FILE);
    await this.storage.write(key, Readable.from([multivariantOf(plan, known)]));
    await this.processing.markPlayable(work);
  }

  private async finish({ work, publishers, stills, meter }: RunContext): Promise<void> {
    await stills.finish();
    for (const publisher of publishers) {
      const measured = publisher.measurement();
      await this.processing.finishRendition(work.revision.id, publisher.folder, measured);
    }
    await meter.end();
  }
}
