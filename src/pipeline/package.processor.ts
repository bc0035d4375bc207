import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import type { Rendition } from '../catalogue/rendition.entity.js';
import { outputKey } from '../media/object-keys.js';
import { EncodingPlanSchema } from '../media/plan.js';
import { MediaStorage } from '../ports/media-storage.js';
import { MASTER_FILE, multivariantOf, type KnownRendition } from './multivariant.js';

/** Writes the final multivariant playlist, from what the encoder's outputs were measured to be. */
@Injectable()
export class PackageProcessor {
  constructor(
    private readonly processing: ProcessingService,
    private readonly storage: MediaStorage,
  ) {}

  async process({ video, revision }: Work): Promise<void> {
    await this.processing.progress(video.id, 'packaging', 96);
    const plan = EncodingPlanSchema.parse(revision.plan);
    const renditions = await this.processing.renditions(revision.id);
    const known = new Map(renditions.map((rendition) => [rendition.name, measured(rendition)]));
    const key = outputKey(video.id, revision.id, MASTER_FILE);
    await this.storage.write(key, Readable.from([multivariantOf(plan, known)]));
  }
}

function measured(rendition: Rendition): KnownRendition {
  const { codecs, peakBandwidthBps: peakBps, averageBandwidthBps: averageBps } = rendition;
  if (codecs === null || peakBps === null || averageBps === null) {
    throw new Error(`rendition ${rendition.name} was never measured`);
  }
  return { codec: codecs, bandwidth: { peakBps, averageBps } };
}
