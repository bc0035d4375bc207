import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import { dashMpd } from '../media/dash-mpd.js';
import { outputKey } from '../media/object-keys.js';
import { MASTER_FILE, MPD_FILE } from '../media/output-files.js';
import { EncodingPlanSchema } from '../media/encoding-plan.js';
import { MediaStorage } from '../ports/media-storage.js';
import { EmbeddedSubtitles } from './embedded-subtitles.js';
import { FinishedRenditions, type FinishedRendition } from './finished-rendition.js';
import { multivariantOf } from './multivariant.js';

/** Writes the final manifests of HLS and DASH, from what the encoder's outputs were measured to be. */
@Injectable()
export class PackageProcessor {
  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
    private readonly subtitles: EmbeddedSubtitles,
  ) {}

  async process(work: Work, signal: AbortSignal): Promise<void> {
    const { video, revision } = work;
    await this.processing.progress(video.id, 'packaging', 96);
    const plan = EncodingPlanSchema.parse(revision.plan);
    const ids = { videoId: video.id, revisionId: revision.id };
    const finished = new FinishedRenditions(this.storage, ids, plan.segmentSeconds);
    const renditions = await this.processing.renditions(revision.id);
    const known = new Map<string, FinishedRendition>(
      await Promise.all(
        renditions.map(async (one) => [one.name, await finished.read(one)] as const),
      ),
    );
    const textBytes = await this.subtitles.publish(work, plan, signal);
    const write = (file: string, content: string) =>
      this.storage.write(outputKey(video.id, revision.id, file), Readable.from([content]));
    await write(MASTER_FILE, multivariantOf(plan, known, [...textBytes.keys()]));
    await write(MPD_FILE, dashMpd(plan, known, textBytes));
  }
}
