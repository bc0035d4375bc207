import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { measureBandwidth, type MeasuredSegment } from '../media/bandwidth.js';
import { codecString } from '../media/codec-strings.js';
import { fragmentsOf, trackHeader, type TrackHeader } from '../media/fragments.js';
import {
  mediaPlaylist,
  parseMediaPlaylist,
  playlistSeconds,
  targetDuration,
  type MediaPlaylist,
  type Segment,
} from '../media/hls-media-playlist.js';
import { iFrames, type DissectedSegment } from '../media/i-frames.js';
import { outputKey } from '../media/object-keys.js';
import { I_FRAME_PLAYLIST_FILE, INIT_FILE, PLAYLIST_FILE } from '../media/output-files.js';
import { splitAtKeyFrames } from '../media/split-fragments.js';
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

/**
 * Carries the segments of one rendition from ffmpeg's folder to the storage as they appear, and
 * keeps a media playlist of our own beside them that grows with them.
 */
export class RenditionPublisher {
  private readonly published: (Segment & MeasuredSegment & DissectedSegment)[] = [];
  private ended = false;
  /** Segments that an earlier attempt has listed. */
  private alreadyListed: number | undefined;
  private initBytes = 0;
  private codecs: string | undefined;
  private track: TrackHeader | undefined;

  constructor(
    private readonly storage: MediaStorage,
    private readonly ids: RevisionIds,
    readonly folder: string,
    private readonly directory: string,
    private readonly targetSegmentSeconds: number,
  ) {}

  /** True once a player could start with this rendition. */
  get started(): boolean {
    return this.published.length > 0;
  }

  /** How much of the title players find here. */
  get publishedSeconds(): number {
    return playlistSeconds(this.published);
  }

  /** RFC 6381; known once started. */
  get codec(): string {
    if (this.codecs === undefined) throw new Error(`${this.folder} has no init segment yet`);
    return this.codecs;
  }

  /** Publishes what ffmpeg has completed since the last call. */
  async advance(): Promise<void> {
    const list = await this.readList();
    const fresh = list?.segments.slice(this.published.length) ?? [];
    if (!list || (fresh.length === 0 && list.ended === this.ended)) return;
    this.track ??= await this.publishInit();
    for (const { uri } of fresh) {
      const file = path.join(this.directory, uri);
      const segment = dissected(uri, await this.splitSegment(file, this.track), this.track);
      await this.storage.moveIn(this.key(uri), file);
      this.published.push(segment);
    }
    this.ended = list.ended;
    await this.publishPlaylist();
  }

  /** @throws Error when the rendition has no end */
  measurement(): RenditionMeasurement {
    if (!this.ended) throw new Error(`${this.folder} did not come to an end`);
    const { peakBps, averageBps } = measureBandwidth(
      this.published,
      targetDuration(this.playlist()),
    );
    return {
      codecs: this.codec,
      segmentCount: this.published.length,
      durationSeconds: playlistSeconds(this.published),
      sizeBytes: this.initBytes + this.published.reduce((sum, { bytes }) => sum + bytes, 0),
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

  private async readList() {
    try {
      return parseMediaPlaylist(await readFile(path.join(this.directory, PLAYLIST_FILE), 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  private async publishInit(): Promise<TrackHeader> {
    const init = await readFile(path.join(this.directory, INIT_FILE));
    this.codecs = codecString(init);
    this.initBytes = init.length;
    await this.storage.write(this.key(INIT_FILE), Readable.from([init]));
    return trackHeader(init);
  }

  /** The segment's bytes, once it has a fragment for each of its key frames. */
  private async splitSegment(file: string, track: TrackHeader): Promise<Uint8Array> {
    const whole = await readFile(file);
    const split = track.isVideo ? splitAtKeyFrames(whole, track.defaults) : whole;
    if (split !== whole) await writeFile(file, split);
    return split;
  }

  /** RFC 8216 6.2.1: a playlist only grows, also when its encoding had to start over. */
  private async publishPlaylist(): Promise<void> {
    this.alreadyListed ??= await this.countListed();
    if (this.published.length < this.alreadyListed) return;
    if (this.ended && this.track?.isVideo) await this.publishIFrames(this.track);
    const playlist = mediaPlaylist(this.playlist());
    await this.storage.write(this.key(PLAYLIST_FILE), Readable.from([playlist]));
  }

  private async publishIFrames({ timescale }: TrackHeader): Promise<void> {
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

/** ffmpeg's playlist counts from packet to packet; the sum of the samples is what a segment lasts. */
function dissected(uri: string, content: Uint8Array, track: TrackHeader) {
  const fragments = fragmentsOf(content, track);
  const ticks = fragments.reduce((sum, { durationTicks }) => sum + durationTicks, 0);
  return { uri, durationSeconds: ticks / track.timescale, bytes: content.byteLength, fragments };
}
