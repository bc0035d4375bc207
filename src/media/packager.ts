import { BoxSplitter, type StreamedBox } from './box-splitter.js';
import { joined } from './iso-bmff.js';
import { mediaSegment, type MediaSegment } from './media-segment.js';
import { samplesOf, type Sample } from './samples.js';
import { SegmentCutter, type SegmentLengths } from './segment-cutter.js';
import { trackHeader, type TrackHeader } from './track-header.js';

/** What players need before the first segment. */
export interface InitSegment {
  bytes: Uint8Array;
  track: TrackHeader;
}

/** What a piece of the stream completed. */
export interface Packaged {
  init?: InitSegment;
  segments: MediaSegment[];
}

/** Stands between the fragments of a stream and its segments. */
export interface SampleFilter {
  /** Takes the samples of a fragment; returns what is ready, of this one or the one before. */
  take(samples: readonly Sample[], init: InitSegment): readonly Sample[];
  /** What is left when no more will come. */
  end(): readonly Sample[];
}

const UNFILTERED: SampleFilter = { take: (samples) => samples, end: () => [] };

/**
 * Makes a CMAF track out of a fragmented MP4 stream of one track: its header is the init segment, its
 * fragments are gathered into segments. A fragment of video has to begin with a key frame.
 */
export class Packager {
  private readonly boxes = new BoxSplitter();
  private fileType: Uint8Array | undefined;
  private init: InitSegment | undefined;
  private cutter: SegmentCutter | undefined;
  private moof: StreamedBox | undefined;
  private sequence = 1;

  constructor(
    private readonly lengths: SegmentLengths,
    private readonly filter = UNFILTERED,
  ) {}

  /**
   * Takes the next piece of the stream.
   * @throws RangeError when it is no such stream, or has no key frame for longer than a segment may last
   */
  push(piece: Uint8Array): Packaged {
    const packaged: Packaged = { segments: [] };
    for (const streamed of this.boxes.push(piece)) {
      if (streamed.type === 'ftyp') this.fileType = streamed.bytes;
      if (streamed.type === 'moov') packaged.init = this.begin(streamed.bytes);
      if (streamed.type === 'moof') this.moof = streamed;
      if (streamed.type === 'mdat') packaged.segments.push(...this.take(streamed.payload));
    }
    return packaged;
  }

  /**
   * The last segment, when the stream has come to its end.
   * @throws RangeError when something of it is missing
   */
  end(): MediaSegment[] {
    this.boxes.end();
    if (this.moof) throw new RangeError('A fragment without its data.');
    const last = this.cut(this.filter.end());
    return [...last, ...(this.cutter?.end() ?? []).map((samples) => this.segment(samples))];
  }

  private begin(movie: Uint8Array): InitSegment {
    const bytes = joined(this.fileType ?? new Uint8Array(), movie);
    this.init = { bytes, track: trackHeader(bytes) };
    this.cutter = new SegmentCutter(this.lengths, this.init.track.timescale);
    return this.init;
  }

  private take(data: Uint8Array): MediaSegment[] {
    const { moof, init } = this;
    if (!moof || !init) throw new RangeError('Data before its header.');
    this.moof = undefined;
    return this.cut(this.filter.take(samplesOf(moof.payload, data, init.track.defaults), init));
  }

  private cut(samples: readonly Sample[]): MediaSegment[] {
    const { init, cutter } = this;
    if (!init || !cutter || samples.length === 0) return [];
    const groups = init.track.isVideo ? [samples] : samples.map((sample) => [sample]);
    return groups.flatMap((group) => cutter.push(group)).map((cut) => this.segment(cut));
  }

  private segment(samples: readonly Sample[]): MediaSegment {
    const { init } = this;
    if (!init) throw new RangeError('A segment before its header.');
    const made = mediaSegment(samples, init.track, this.sequence);
    this.sequence += made.fragments.length;
    return made;
  }
}
