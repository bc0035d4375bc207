import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { EncoderLoad } from '../catalogue/encoder-load.service.js';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { Scratch } from '../common/scratch.js';
import { settleAll } from '../common/settle-all.js';
import { runFfmpeg } from '../media-tools/ffmpeg.js';
import { ToolFailure } from '../media-tools/tool-failure.js';
import { assertDecodable } from '../media/avc-bitstream.js';
import { encodeArgs, renditionFolders, stillsFolders } from '../media/encode-args.js';
import { pixelsOf, runShares } from '../media/encode-cost.js';
import { framesPerSecond } from '../media/frame-rate.js';
import { followsSource, segmentLengths, targetSeconds } from '../media/gop.js';
import { MediaFault } from '../media/media-fault.js';
import { outputKey } from '../media/object-keys.js';
import { MASTER_FILE } from '../media/output-files.js';
import { Packager } from '../media/packager.js';
import {
  EncodingPlanSchema,
  FIRST_RUN,
  type EncodingPlan,
  type EncodingRun,
} from '../media/encoding-plan.js';
import { SourceClock } from '../media/source-clock.js';
import { MediaStorage } from '../ports/media-storage.js';
import { EncodeMeter } from './encode-meter.js';
import { multivariantOf } from './multivariant.js';
import { PipelineSettings } from './pipeline-settings.js';
import { RenditionPublisher } from './rendition-publisher.js';
import { StillsPublisher } from './stills-publisher.js';
import { WithdrawalWatch } from './withdrawal.js';

/** How often people are shown what has come since. */
const POLL_MILLISECONDS = 200;

/** Of shorter encodes, most is beginning and ending. */
const TELLING_SECONDS = 5;

interface RunContext {
  work: Work;
  plan: EncodingPlan;
  run: EncodingRun;
  folder: string;
  publishers: RenditionPublisher[];
  stills: StillsPublisher;
  meter: EncodeMeter;
  playable: boolean;
}

/** Runs ffmpeg once and publishes what it makes while it makes it. */
@Injectable()
export class EncodeProcessor {
  constructor(
    private readonly processing: ProcessingService,
    private readonly load: EncoderLoad,
    private readonly storage: MediaStorage,
    private readonly settings: PipelineSettings,
    private readonly scratch: Scratch,
  ) {}

  async process(work: Work, runId: string, signal: AbortSignal): Promise<void> {
    const plan = EncodingPlanSchema.parse(work.revision.plan);
    const run = plan.runs.find(({ id }) => id === runId);
    if (!run) throw new Error(`the plan has no run ${runId}`);
    await this.processing.startRenditions(work.revision.id, renditionFolders(run));
    const startedAt = performance.now();
    const meter = new EncodeMeter(
      this.processing,
      work,
      plan.durationSeconds,
      runShares(plan.runs)[plan.runs.indexOf(run)] ?? { from: 0, to: 1 },
    );
    await meter.begin();
    await this.scratch.use('encode', async (folder) => {
      for (const name of stillsFolders(run)) await mkdir(path.join(folder, name));
      const publishers = this.publishersOf(work, plan, run);
      const stills = new StillsPublisher(this.processing, this.storage, work, run.stills, folder);
      const context = { work, plan, run, folder, publishers, stills, meter, playable: false };
      await this.encodeAndPublish(context, signal).catch((error: unknown) => {
        throw run.bitstream ? bitstreamFault(error) : error;
      });
      await this.finish(context);
    });
    if (!run.bitstream && run.video.length > 0) {
      const pixels = pixelsOf(run.video, framesPerSecond(plan.frameRate)) * plan.durationSeconds;
      const seconds = (performance.now() - startedAt) / 1000;
      if (seconds >= TELLING_SECONDS) await this.load.keepPace(work.revision.id, pixels / seconds);
    }
  }

  private publishersOf(work: Work, plan: EncodingPlan, run: EncodingRun) {
    const ids = { videoId: work.video.id, revisionId: work.revision.id };
    return renditionFolders(run).map((name) => {
      const rung = run.video.find(({ folder }) => folder === name);
      const clock =
        rung && followsSource(plan, rung)
          ? new SourceClock(run.bitstream && assertDecodable)
          : undefined;
      const packager = new Packager(segmentLengths(plan), clock);
      return new RenditionPublisher(this.storage, ids, name, packager, targetSeconds(plan));
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
    const showing = this.showUntil(context, encoded.signal).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    await settleAll([showing, encoding]).finally(() => withdrawal.stop());
  }

  private async encode(
    { work, plan, run, folder, publishers, meter }: RunContext,
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
        outputs: publishers.map((publisher) => (bytes) => publisher.consume(bytes)),
        signal,
        isAwaited: run.id === FIRST_RUN,
        stallSeconds: tools.stallSeconds,
        memoryLimitBytes: tools.memoryBytes,
        onProgress: (progress) => meter.report(progress),
        hasAdvanced: () => meter.hasAdvanced(),
      });
    } finally {
      await meter.settle();
    }
  }

  private async showUntil(context: RunContext, encoded: AbortSignal): Promise<void> {
    const { publishers, stills, meter } = context;
    for (;;) {
      const isLast = encoded.aborted;
      await this.startPlayback(context);
      await stills.advance();
      const seconds = publishers.map((publisher) => publisher.publishedSeconds);
      // A run may have nothing to do but pictures.
      if (seconds.length > 0) meter.reach(Math.min(...seconds));
      if (isLast) return;
      await sleep(POLL_MILLISECONDS, undefined, { signal: encoded }).catch(() => undefined);
    }
  }

  private async startPlayback(context: RunContext): Promise<void> {
    const { work, plan, run, publishers, playable } = context;
    // Sizes that are not there to the end yet would stall whoever is switched to them.
    if (playable || run !== plan.runs[0]) return;
    if (!publishers.every((publisher) => publisher.started)) return;
    context.playable = true;
    const known = new Map(publishers.map(({ folder, codec }) => [folder, { codec }]));
    const key = outputKey(work.video.id, work.revision.id, MASTER_FILE);
    await this.storage.write(key, Readable.from([multivariantOf(plan, known)]));
    await this.processing.markPlayable(work);
  }

  private async finish(context: RunContext): Promise<void> {
    const { work, publishers, stills, meter } = context;
    await settleAll(publishers.map((publisher) => publisher.finish()));
    await this.startPlayback(context);
    await stills.finish();
    await settleAll(
      publishers.map(async (publisher) => {
        const measured = publisher.measurement();
        await this.processing.finishRendition(work.revision.id, publisher.folder, measured);
      }),
    );
    await meter.end();
  }
}

/** A bitstream that ffmpeg or the packager will not have is no reason to try again: it can be encoded. */
function bitstreamFault(error: unknown): unknown {
  const isRefused = error instanceof ToolFailure && error.reason === 'exit' && !error.signal;
  if (!isRefused && !(error instanceof RangeError)) return error;
  return new MediaFault('source.damaged', error.message);
}
