import type { SourceDescription, SourceInfo } from './source-info.js';
import { MediaFault } from './media-fault.js';
import { assertDuration, assertFrames, DEFAULT_SOURCE_BOUNDS } from './probe.js';

/** One packet of a source; times in seconds on the file's own clock, NaN when the container has none. */
export interface PacketTime {
  streamIndex: number;
  presentationSeconds: number;
  decodeSeconds: number;
  durationSeconds: number;
}

/** Jumps beyond this are discontinuities, not gaps (ffmpeg's `-dts_delta_threshold`, 10 s). */
const DISCONTINUITY_SECONDS = 10;

/** How far a packet may step back before it counts as a jump (ffmpeg's seek2any margin, 0.1 s). */
const STEP_BACK_SECONDS = 0.1;

/**
 * A picture may stay for so long before a source counts as damaged: every frame of the time is encoded, and
 * the silence of a gap in the sound is made in memory, 1.4 GB for an hour.
 */
export const LONGEST_GAP_SECONDS = 2 * 3600;

/** A gap that is too long cannot hide between looks at this distance. */
export const GAP_LOOK_SECONDS = LONGEST_GAP_SECONDS / 2;

/** Containers whose clock may jump (AVFMT_TS_DISCONT) and whose duration is two timestamps' distance. */
const CLOCK_MAY_JUMP = new Set(['mpegts', 'mpeg']);

/** Containers that index their own duration well enough for a look at the tail to confirm it. */
const TRUSTWORTHY = new Set(['mov', 'mp4', 'matroska', 'webm']);

/** How much of the end is looked at to confirm a claimed duration. */
const TAIL_SECONDS = 10;

/**
 * Where to start reading packets so as to learn when the source really ends, on the file's clock.
 * Undefined means from the first byte: for containers that guess, and when there is no claim.
 */
export function tailStartSeconds(source: SourceDescription): number | undefined {
  const claimed = source.claimedDurationSeconds;
  const trusted = demuxerNames(source).some((name) => TRUSTWORTHY.has(name));
  if (!trusted || claimed === undefined || claimed <= 2 * TAIL_SECONDS) return undefined;
  return source.startSeconds + claimed - TAIL_SECONDS;
}

/** Reads one line of `ffprobe -show_entries packet=stream_index,pts_time,dts_time,duration_time -of csv=p=0`. */
export function parsePacketLine(line: string): PacketTime | undefined {
  const [index, pts, dts, duration] = line.split(',').map(Number.parseFloat);
  if (index === undefined || !Number.isInteger(index)) return undefined;
  return {
    streamIndex: index,
    presentationSeconds: pts ?? Number.NaN,
    decodeSeconds: dts ?? Number.NaN,
    durationSeconds: Number.isFinite(duration) ? (duration ?? 0) : 0,
  };
}

/**
 * Follows a source's packets and says when it ends once jumps of the clock are taken out, by the
 * rule ffmpeg applies while encoding, so that the plan and the encoded output agree.
 */
export class PlayingTime {
  private readonly clockMayJump: boolean;
  private readonly streams: Set<number>;
  private readonly nextDecodeSeconds = new Map<number, number>();
  private offsetSeconds = 0;
  private endSeconds = Number.NEGATIVE_INFINITY;
  private videoStartSeconds = Number.POSITIVE_INFINITY;
  private videoEndSeconds = Number.NEGATIVE_INFINITY;
  private videoPackets = 0;

  constructor(
    private readonly source: SourceDescription,
    private readonly bounds = DEFAULT_SOURCE_BOUNDS,
  ) {
    this.clockMayJump = demuxerNames(source).some((name) => CLOCK_MAY_JUMP.has(name));
    this.streams = new Set([source.video, ...source.audio].map((track) => track.index));
  }

  /** True once a packet of the video was seen: without one, the end of the video is not known. */
  get sawVideo(): boolean {
    return this.videoPackets > 0;
  }

  /** @throws MediaFault when there is more of it than allowed, or nothing for too long */
  add(packet: PacketTime): void {
    if (!this.streams.has(packet.streamIndex)) return;
    const clock = this.steadyClock(packet);
    if (Number.isNaN(clock)) return;
    const reorder = packet.presentationSeconds - packet.decodeSeconds;
    const shown = clock + (Number.isFinite(reorder) ? reorder : 0);
    const end = shown + packet.durationSeconds;
    this.endSeconds = Math.max(this.endSeconds, end);
    assertDuration(this.endSeconds - this.source.startSeconds, this.bounds);
    if (packet.streamIndex !== this.source.video.index) return;
    this.videoPackets += 1;
    assertFrames(this.videoPackets, this.bounds);
    this.videoStartSeconds = Math.min(this.videoStartSeconds, shown);
    this.videoEndSeconds = Math.max(this.videoEndSeconds, end);
  }

  /**
   * The source with its measured duration.
   * @throws MediaFault `source.damaged` when no picture was found
   */
  measured(): SourceInfo {
    const { video, startSeconds } = this.source;
    const durationSeconds = this.endSeconds - startSeconds;
    if (!this.sawVideo || durationSeconds <= 0)
      throw new MediaFault('source.damaged', 'no packets');
    return {
      ...this.source,
      durationSeconds,
      video: {
        ...video,
        frameRate: video.frameRate ?? this.averageFrameRate(),
        endSeconds: this.videoEndSeconds - startSeconds,
      },
    };
  }

  private steadyClock({
    streamIndex,
    decodeSeconds,
    presentationSeconds,
    durationSeconds,
  }: PacketTime) {
    const stamped = Number.isFinite(decodeSeconds) ? decodeSeconds : presentationSeconds;
    const expected = this.nextDecodeSeconds.get(streamIndex);
    let clock = stamped + this.offsetSeconds;
    if (this.clockMayJump && expected !== undefined && isJump(clock - expected)) {
      this.offsetSeconds -= clock - expected;
      clock = expected;
    }
    const gap = Math.max(durationSeconds, clock - (expected ?? clock));
    if (gap > LONGEST_GAP_SECONDS) {
      throw new MediaFault('source.damaged', `nothing for ${Math.round(gap)} s`);
    }
    if (!Number.isNaN(clock)) this.nextDecodeSeconds.set(streamIndex, clock + durationSeconds);
    return clock;
  }

  private averageFrameRate(): number | undefined {
    const span = this.videoEndSeconds - this.videoStartSeconds;
    return span > 0 ? this.videoPackets / span : undefined;
  }
}

function isJump(deltaSeconds: number): boolean {
  return deltaSeconds > DISCONTINUITY_SECONDS || deltaSeconds < -STEP_BACK_SECONDS;
}

function demuxerNames(source: SourceDescription): string[] {
  return source.container.split(',');
}
