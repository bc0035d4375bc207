import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { measureBandwidth, type MeasuredSegment } from '../media/bandwidth.js';
import { codecString } from '../media/codec-strings.js';
import {
  mediaPlaylist,
  parseMediaPlaylist,
  playlistSeconds,
  targetDuration,
  type MediaPlaylist,
  type Segment,
} from '../media/hls-media-playlist.js';
import { iFrames, type DissectedSegment } from '../media/i-frames.js';
import type { MediaSegment } from '../media/media-segment.js';
import { outputKey } from '../media/object-keys.js';
import {
  I_FRAME_PLAYLIST_FILE,
  INIT_FILE,
  PLAYLIST_FILE,
  segmentFile,
} from '../media/output-files.js';
import type { InitSegment, Packaged, Packager } from '../media/packager.js';
import { ObjectNotFoundError, type MediaStorage } from '../ports/media-storage.js';
import type { RevisionIds } from './flow.js';

/** What a finished rendition turned out to be. */
export interface RenditionMeasurement {
  codecs: string;
  segmentCount: number;
  durationSeconds: number;
  sizeBytes: number;
  peakBandwidthBps: number;
  averageBandwidthBps: number;
}

/** A remux completes segments faster than anybody reads a playlist. */
const LIST_MILLISECONDS = 500;

/**
 * Carries one rendition from the encoder to the storage, segment by segment, and keeps a media playlist
 * beside them that grows with them.
 */
export class RenditionPublisher {
  private readonly published: (Segment & MeasuredSegment & DissectedSegment)[] = [];
  private ended = false;
  private init: InitSegment | undefined;
  /** Segments that an earlier attempt has listed. */
  private alreadyListed: number | undefined;
  private listedAt = 0;

  constructor(
    private readonly storage: MediaStorage,
    private readonly ids: RevisionIds,
    readonly folder: string,
    private readonly packager: Packager,
    private readonly targetSegmentSeconds: number,
  ) {}

  /** True once a player could start with this rendition. */
  get started(): boolean {
    return this.listedAt > 0;
  }

  /** How much of the title players find here. */
  get publishedSeconds(): number {
    return playlistSeconds(this.published);
  }

  /** RFC 6381; known once started. */
  get codec(): string {
    if (!this.init) throw new Error(`${this.folder} has no init segment yet`);
    return codecString(this.init.bytes);
  }

  /** Publishes what the encoder writes, until it writes no more. */
  async consume(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    // Of all its outputs, the encoder waits for the one that is read last: storing goes on beside it,
    // one piece behind.
    let storing = Promise.resolve();
    try {
      for await (const piece of bytes) {
        const packaged = this.packager.push(piece);
        if (!packaged.init && packaged.segments.length === 0) continue;
        await storing;
        storing = this.storeAll(packaged);
        // Told when the next piece is there: until then nobody listens.
        storing.catch(() => undefined);
      }
    } finally {
      // Whoever takes away what was written must not be overtaken by a last segment.
      await Promise.allSettled([storing]);
    }
    await storing;
  }

  /** Ends the playlist; for an encoder that has ended well. */
  async finish(): Promise<void> {
    for (const segment of this.packager.end()) await this.store(segment);
    this.ended = true;
    if (this.init?.track.isVideo) await this.publishIFrames(this.init.track.timescale);
    await this.publishPlaylist();
  }

  /** @throws Error when the rendition has no end */
  measurement(): RenditionMeasurement {
    if (!this.ended || !this.init) throw new Error(`${this.folder} did not come to an end`);
    const { peakBps, averageBps } = measureBandwidth(
      this.published,
      targetDuration(this.playlist()),
    );
    const mediaBytes = this.published.reduce((sum, { bytes }) => sum + bytes, 0);
    return {
      codecs: this.codec,
      segmentCount: this.published.length,
      durationSeconds: playlistSeconds(this.published),
      sizeBytes: this.init.bytes.length + mediaBytes,
      peakBandwidthBps: peakBps,
      averageBandwidthBps: averageBps,
    };
  }

  private playlist(): MediaPlaylist {
    return {
      segments: this.published,
      ended: this.ended,
      initUri: INIT_FILE,
      targetSegmentSeconds: this.targetSegmentSeconds,
    };
  }

  private async storeAll({ init, segments }: Packaged): Promise<void> {
    if (init) await this.storeInit(init);
    for (const segment of segments) await this.publish(segment);
  }

  private async storeInit(init: InitSegment): Promise<void> {
    await this.storage.write(this.key(INIT_FILE), Readable.from([init.bytes]));
    this.init = init;
  }

  private async publish(segment: MediaSegment): Promise<void> {
    await this.store(segment);
    if (Date.now() - this.listedAt >= LIST_MILLISECONDS) await this.publishPlaylist();
  }

  private async store({ bytes, durationTicks, fragments }: MediaSegment): Promise<void> {
    if (!this.init) throw new Error(`${this.folder} has no init segment yet`);
    const uri = segmentFile(this.published.length + 1);
    await this.storage.write(this.key(uri), Readable.from([bytes]));
    const durationSeconds = durationTicks / this.init.track.timescale;
    this.published.push({ uri, durationSeconds, bytes: bytes.length, fragments });
  }

  /** RFC 8216 6.2.1: a playlist only grows, also when its encoding had to start over. */
  private async publishPlaylist(): Promise<void> {
    this.alreadyListed ??= await this.countListed();
    if (this.published.length < this.alreadyListed) return;
    const playlist = mediaPlaylist(this.playlist());
    await this.storage.write(this.key(PLAYLIST_FILE), Readable.from([playlist]));
    this.listedAt = Date.now();
  }

  private async publishIFrames(timescale: number): Promise<void> {
    const segments = iFrames(this.published, timescale);
    const playlist = mediaPlaylist({ ...this.playlist(), segments, iFramesOnly: true });
    await this.storage.write(this.key(I_FRAME_PLAYLIST_FILE), Readable.from([playlist]));
  }

  private async countListed(): Promise<number> {
    try {
      const listed = await text(await this.storage.read(this.key(PLAYLIST_FILE)));
      return parseMediaPlaylist(listed).segments.length;
    } catch (error) {
      if (error instanceof ObjectNotFoundError) return 0;
      throw error;
    }
  }

  private key(file: string): string {
    return outputKey(this.ids.videoId, this.ids.revisionId, `${this.folder}/${file}`);
  }
}
