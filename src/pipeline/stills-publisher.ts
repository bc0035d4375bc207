import { open } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { ProcessingService, Work } from '../catalogue/processing.service.js';
import {
  outputKey,
  posterKey,
  previewKey,
  storyboardKey,
  thumbnailKey,
} from '../media/object-keys.js';
import {
  POSTER_FILE,
  PREVIEW_FILE,
  STORYBOARD_FOLDER,
  THUMBNAIL_FILE,
} from '../media/output-files.js';
import type { Stills } from '../media/encoding-plan.js';
import { sheetsOf, storyboardVtt, type Storyboard } from '../media/storyboard.js';
import type { MediaStorage } from '../ports/media-storage.js';

/** Carries what is drawn of a title from ffmpeg's folder to the storage, and makes it seen. */
export class StillsPublisher {
  private pictured = false;

  constructor(
    private readonly processing: Pick<ProcessingService, 'showImages'>,
    private readonly storage: MediaStorage,
    private readonly work: Work,
    /** Nothing is published where the run has no stills. */
    private readonly stills: Stills | undefined,
    private readonly folder: string,
  ) {}

  /** Publishes thumbnail and poster once both are whole, which is long before the run ends. */
  async advance(): Promise<void> {
    if (!this.stills || this.pictured) return;
    const files = [THUMBNAIL_FILE, POSTER_FILE].map((name) => this.file(name));
    const whole = await Promise.all(files.map(isWholeJpeg));
    if (!whole.every(Boolean)) return;
    const { videoId, revisionId } = this.ids;
    const keys = {
      thumbnailKey: thumbnailKey(videoId, revisionId),
      posterKey: posterKey(videoId, revisionId),
    };
    await this.storage.moveIn(keys.thumbnailKey, this.file(THUMBNAIL_FILE));
    await this.storage.moveIn(keys.posterKey, this.file(POSTER_FILE));
    await this.processing.showImages(this.work, keys);
    this.pictured = true;
  }

  /** Stores storyboard and hover preview; for a run that has ended. They are seen once all is verified. */
  async finish(): Promise<void> {
    if (!this.stills) return;
    const { videoId, revisionId } = this.ids;
    const { storyboard, preview } = this.stills;
    if (storyboard) await this.storeStoryboard(storyboard);
    if (preview) {
      await this.storage.moveIn(previewKey(videoId, revisionId), this.file(PREVIEW_FILE));
    }
  }

  /** The text comes last, so that it never names a sheet that is not there. */
  private async storeStoryboard(storyboard: Storyboard): Promise<void> {
    const { videoId, revisionId } = this.ids;
    const vtt = storyboardVtt(storyboard);
    for (const sheet of sheetsOf(vtt)) {
      const name = `${STORYBOARD_FOLDER}/${sheet}`;
      await this.storage.moveIn(outputKey(videoId, revisionId, name), this.file(name));
    }
    await this.storage.write(storyboardKey(videoId, revisionId), Readable.from([vtt]));
  }

  private get ids() {
    return { videoId: this.work.video.id, revisionId: this.work.revision.id };
  }

  private file(name: string): string {
    return path.join(this.folder, name);
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
