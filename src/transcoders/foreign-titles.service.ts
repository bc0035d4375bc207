import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { HandoverService } from '../catalogue/handover.service.js';
import { ProcessingService, type Work } from '../catalogue/processing.service.js';
import type { Rendition } from '../catalogue/rendition.entity.js';
import { DomainError } from '../common/domain-error.js';
import { framesPerSecond } from '../media/frame-rate.js';
import { outputKey, posterKey, thumbnailKey } from '../media/object-keys.js';
import { agrees } from '../media/verify.js';
import { MASTER_FILE } from '../media/output-files.js';
import { MediaStorage, ObjectNotFoundError } from '../ports/media-storage.js';
import { foreignMultivariant, type NamedRendition } from './foreign-multivariant.js';
import { ForeignRenditions } from './foreign-renditions.js';

/** A folder that a transcoder says holds a rendition. */
export interface AnnouncedRendition {
  name: string;
  language: string | undefined;
}

/** Makes a title of the renditions that a transcoder has put into the storage. */
@Injectable()
export class ForeignTitles {
  constructor(
    private readonly handover: HandoverService,
    private readonly processing: ProcessingService,
    private readonly renditions: ForeignRenditions,
    private readonly storage: MediaStorage,
  ) {}

  /**
   * Measures renditions, and keeps what they are.
   * @throws DomainError `rendition.unusable`; then none of them is kept
   */
  async add(work: Work, announced: readonly AnnouncedRendition[]): Promise<void> {
    const measured = await this.measure(work, announced);
    await this.handover.keep(work, measured.map(toRow));
  }

  /**
   * Looks at all of them again, writes the multivariant playlist, and shows the title.
   * @throws DomainError `video.state_conflict` without a picture or when somebody was faster,
   *   `rendition.unusable`
   */
  async publish(work: Work): Promise<void> {
    const rows = await this.handover.renditions(work);
    if (!rows.some(({ kind }) => kind === 'video')) {
      throw new DomainError('video.state_conflict', 'Register a rendition with a picture first.');
    }
    const announced = rows.map(({ name, language }) => ({ name, language: language ?? undefined }));
    const measured = await this.measure(work, announced);
    await this.handover.keep(work, measured.map(toRow));
    const key = outputKey(work.video.id, work.revision.id, MASTER_FILE);
    await this.storage.write(key, Readable.from([foreignMultivariant(measured)]));
    await this.showPictures(work);
    await this.handover.describe(work, factsOf(measured));
    const none = { storyboardKey: null, previewKey: null };
    if (await this.processing.publish(work, none)) return;
    throw new DomainError('video.state_conflict', 'The video was taken away meanwhile.');
  }

  private async measure(
    work: Work,
    announced: readonly AnnouncedRendition[],
  ): Promise<NamedRendition[]> {
    const measured: NamedRendition[] = [];
    for (const { name, language } of announced) {
      measured.push({ ...(await this.renditions.inspect(work, name)), name, language });
    }
    demandAgreement(work, measured);
    return measured;
  }

  /** A transcoder may leave them beside its renditions. */
  private async showPictures({ video, revision }: Work): Promise<void> {
    const images = {
      thumbnailKey: thumbnailKey(video.id, revision.id),
      posterKey: posterKey(video.id, revision.id),
    };
    try {
      for (const key of Object.values(images)) await this.storage.info(key);
      await this.processing.showImages({ video, revision }, images);
    } catch (error) {
      if (!(error instanceof ObjectNotFoundError)) throw error;
    }
  }
}

/** All play as long as the source, or as the longest of them where nobody has looked into it yet. */
function demandAgreement({ video }: Work, renditions: readonly NamedRendition[]): void {
  const longest = renditions.reduce((a, b) => Math.max(a, b.durationSeconds), 0);
  const expected = video.durationSeconds ?? longest;
  for (const { name, durationSeconds, longestSegmentSeconds } of renditions) {
    if (agrees(durationSeconds, expected, longestSegmentSeconds)) continue;
    throw new DomainError(
      'rendition.unusable',
      `${name}: it plays ${durationSeconds.toFixed(3)} s of ${expected.toFixed(3)} s.`,
    );
  }
}

function toRow(rendition: NamedRendition): Partial<Rendition> {
  const { picture, bandwidth, name, language, codec } = rendition;
  return {
    kind: picture ? 'video' : 'audio',
    name,
    width: picture?.width ?? null,
    height: picture?.height ?? null,
    frameRate: picture ? framesPerSecond(picture.frameRate) : null,
    language: language ?? null,
    codecs: codec,
    segmentCount: rendition.segmentCount,
    durationSeconds: rendition.durationSeconds,
    sizeBytes: rendition.sizeBytes,
    peakBandwidthBps: bandwidth.peakBps,
    averageBandwidthBps: bandwidth.averageBps,
  };
}

/** Those of the largest picture. */
function factsOf(renditions: readonly NamedRendition[]) {
  const pictures = renditions.flatMap(({ picture }) => picture ?? []);
  const largest = pictures.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  return {
    durationSeconds: renditions.reduce((a, b) => Math.max(a, b.durationSeconds), 0),
    width: largest.width,
    height: largest.height,
    frameRate: framesPerSecond(largest.frameRate),
  };
}
