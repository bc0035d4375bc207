import { mkdir, open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { runFfmpeg } from '../media-tools/ffmpeg.js';
import { encodeArgs, renditionFolders } from '../media/encode-args.js';
import { outputKey, posterKey, thumbnailKey } from '../media/object-keys.js';
import { POSTER_FILE, THUMBNAIL_FILE } from '../media/output-files.js';
import { EncodingPlanSchema, type EncodingPlan, type EncodingRun } from '../media/plan.js';
import { PercentDone } from '../media/progress.js';
import { MediaStorage } from '../ports/media-storage.js';
import { MASTER_FILE, multivariantOf } from './multivariant.js';
import { PipelineSettings } from './pipeline-settings.js';
import { RenditionPublisher } from './rendition-publisher.js';
import { Scratch } from './scratch.js';

/** How often finished segments are looked for, and progress is written down. */
const POLL_MILLISECONDS = 200;
const PROGRESS_MILLISECONDS = 1000;

/** Share of the whole work that encoding is taken to be, for the percentage people see. */
const PERCENT_BEFORE = 2;
const PERCENT_ENCODING = 93;

interface RunContext {
  work: Work;
  plan: EncodingPlan;
  run: EncodingRun;
  folder: string;
  publishers: RenditionPublisher[];
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
    await this.scratch.use('encode', async (folder) => {
      const publishers = await this.publishersOf(work, plan, run, folder);
      const context = { work, plan, run, folder, publishers };
      await this.encodeAndPublish(context, signal);
      await this.finish(context);
    });
  }

  private async publishersOf(work: Work, plan: EncodingPlan, run: EncodingRun, folder: string) {
    const ids = { videoId: work.video.id, revisionId: work.revision.id };
    return Promise.all(
      renditionFolders(run).map(async (name) => {
        const directory = path.join(folder, name);
        await mkdir(directory);
        return new RenditionPublisher(this.storage, ids, name, directory, plan.segmentSeconds);
      }),
    );
  }

  /** When either side fails the other is stopped, and the first failure is told. */
  private async encodeAndPublish(context: RunContext, signal: AbortSignal): Promise<void> {
    const failed = new AbortController();
    const encoded = new AbortController();
    const stop = AbortSignal.any([signal, failed.signal]);
    const encoding = this.encode(context, stop).finally(() => encoded.abort());
    const publishing = this.publishUntil(context, encoded.signal).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    const [published, ended] = await Promise.allSettled([publishing, encoding]);
    if (published.status === 'rejected') throw published.reason;
    if (ended.status === 'rejected') throw ended.reason;
  }

  private async encode(
    { work, plan, run, folder }: RunContext,
    signal: AbortSignal,
  ): Promise<void> {
    const { tools } = this.settings;
    const sourceKey = work.video.sourceKey;
    if (sourceKey === null) throw new Error('the source of the video is gone');
    const sourcePath = await this.storage.localCopy(sourceKey, folder);
    const percent = new PercentDone(plan.durationSeconds);
    let shownAt = 0;
    let showing = Promise.resolve();
    try {
      await runFfmpeg({
        ffmpegPath: tools.ffmpegPath,
        args: encodeArgs(plan, run, { sourcePath, outputDirectory: folder }),
        signal,
        stallSeconds: tools.stallSeconds,
        memoryLimitBytes: tools.memoryBytes,
        onProgress: (progress) => {
          const done = percent.after(progress);
          if (Date.now() - shownAt < PROGRESS_MILLISECONDS) return;
          shownAt = Date.now();
          // A number that cannot be shown is no reason to stop.
          showing = this.showProgress(work.video.id, done).catch(() => undefined);
        },
      });
    } finally {
      // Written any later, it would take the video back to this stage.
      await showing;
    }
  }

  private async publishUntil(context: RunContext, encoded: AbortSignal): Promise<void> {
    let playable = false;
    let pictured = false;
    for (;;) {
      // Looked at before the segments: whatever was complete by then is published below.
      const isLast = encoded.aborted;
      await Promise.all(context.publishers.map((publisher) => publisher.advance()));
      if (!playable && context.publishers.every((publisher) => publisher.started)) {
        playable = true;
        await this.startPlayback(context);
      }
      if (!pictured) pictured = await this.publishStills(context);
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

  /** Publishes the pictures once both are whole; false until then. */
  private async publishStills({ work, run, folder }: RunContext): Promise<boolean> {
    if (!run.stills) return true;
    const files = [THUMBNAIL_FILE, POSTER_FILE].map((name) => path.join(folder, name));
    const whole = await Promise.all(files.map(isWholeJpeg));
    if (!whole.every(Boolean)) return false;
    const { id: videoId } = work.video;
    const keys = {
      thumbnailKey: thumbnailKey(videoId, work.revision.id),
      posterKey: posterKey(videoId, work.revision.id),
    };
    await this.storage.moveIn(keys.thumbnailKey, path.join(folder, THUMBNAIL_FILE));
    await this.storage.moveIn(keys.posterKey, path.join(folder, POSTER_FILE));
    await this.processing.showImages(videoId, keys);
    return true;
  }

  private async finish({ work, publishers }: RunContext): Promise<void> {
    for (const publisher of publishers) {
      const measured = publisher.measurement();
      await this.processing.finishRendition(work.revision.id, publisher.folder, measured);
    }
    await this.showProgress(work.video.id, 100);
  }

  private async showProgress(videoId: string, percentEncoded: number): Promise<void> {
    const percent = PERCENT_BEFORE + (PERCENT_ENCODING * percentEncoded) / 100;
    await this.processing.progress(videoId, 'encoding', percent);
  }
}

/** A JPEG ends with the marker EOI (ITU-T T.81 B.1.1.3). */
async function isWholeJpeg(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return false;
  try {
    const { size } = await handle.stat();
    if (size < 4) return false;
    const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, size - 2);
    return buffer.readUInt16BE() === 0xffd9;
  } finally {
    await handle.close();
  }
}
