import { ticksOf, type Sample } from './samples.js';

/** How a rendition is cut; seconds on its own clock. */
export interface SegmentLengths {
  /** What most segments last. */
  segmentSeconds: number;
  /** What the first segments last, so that players start early; a whole part of a segment. */
  firstSeconds: number;
}

/** While the encoder is not far ahead of the player, short segments reach it sooner. */
const SHORT_SEGMENTS = 4;

/** A segment that is longer than this times the target stalls players that fetch it. */
export const LONGEST_SEGMENT = 1.5;

/** Timestamps are rounded to ticks. */
export const TOLERANCE_SECONDS = 0.00225;

/**
 * Gathers groups of samples that begin with a key frame into segments. Cuts lie on a grid as far as the
 * groups allow, and depend on nothing but where the groups begin: renditions with the same key frames are
 * cut alike.
 */
export class SegmentCutter {
  private gathered: Sample[] = [];

  constructor(
    private readonly lengths: SegmentLengths,
    private readonly timescale: number,
  ) {}

  /**
   * Takes the next group; returns the segments it completes.
   * @throws RangeError for a group that alone is too long for a segment
   */
  push(group: readonly Sample[]): Sample[][] {
    const cut: Sample[][] = [];
    if (this.gathered.length > 0 && this.endOf(group) - this.start > this.longest) {
      cut.push(...this.end());
    }
    this.gathered.push(...group);
    const length = this.endOf(group) - this.start;
    if (length > this.longest) {
      throw new RangeError(`There is no key frame for ${length.toFixed(3)} s.`);
    }
    if (this.endOf(group) >= this.nextCut() - TOLERANCE_SECONDS) cut.push(...this.end());
    return cut;
  }

  /** What is left when no more will come. */
  end(): Sample[][] {
    const rest = this.gathered;
    this.gathered = [];
    return rest.length === 0 ? [] : [rest];
  }

  private get start(): number {
    return (this.gathered[0]?.decodeTicks ?? 0) / this.timescale;
  }

  private get longest(): number {
    return LONGEST_SEGMENT * this.lengths.segmentSeconds + TOLERANCE_SECONDS;
  }

  private endOf(group: readonly Sample[]): number {
    const [first] = group;
    return ((first?.decodeTicks ?? 0) + ticksOf(group)) / this.timescale;
  }

  /** The first point of the grid that is at least half a segment away. */
  private nextCut(): number {
    const { firstSeconds, segmentSeconds } = this.lengths;
    const shortUntil = SHORT_SEGMENTS * firstSeconds;
    const start = this.start - TOLERANCE_SECONDS;
    const isShort = start < shortUntil - firstSeconds / 2;
    const step = isShort ? firstSeconds : segmentSeconds;
    const origin = isShort ? 0 : shortUntil;
    return origin + Math.ceil((start - origin) / step + 0.5) * step;
  }
}
