/** A segment's size and length, as they are on disk and in the playlist. */
export interface MeasuredSegment {
  bytes: number;
  durationSeconds: number;
}

/** Bit rates of one media playlist, in bits per second, rounded up. */
export interface Bandwidth {
  peakBps: number;
  averageBps: number;
}

/**
 * Measures a media playlist by the definitions of RFC 8216 4.1: the peak is the largest bit rate of any
 * run of consecutive segments that lasts 0.5 to 1.5 target durations, the average is the size of all
 * segments divided by their duration.
 * @throws RangeError without any segment that lasts
 */
export function measureBandwidth(
  segments: readonly MeasuredSegment[],
  targetDurationSeconds: number,
): Bandwidth {
  const averageBps = bitRate(segments);
  if (!Number.isFinite(averageBps)) throw new RangeError('A bit rate needs a segment that lasts.');
  const peak = runs(segments, targetDurationSeconds).map(bitRate);
  // A title shorter than half a target duration has no such run: all of it is its peak.
  return {
    peakBps: Math.ceil(peak.reduce((a, b) => Math.max(a, b), averageBps)),
    averageBps: Math.ceil(averageBps),
  };
}

function runs(segments: readonly MeasuredSegment[], target: number): MeasuredSegment[][] {
  return segments.flatMap((_, start) => {
    const found: MeasuredSegment[][] = [];
    let seconds = 0;
    for (let end = start; end < segments.length; end += 1) {
      seconds += segments[end]?.durationSeconds ?? 0;
      if (seconds > 1.5 * target) break;
      if (seconds >= 0.5 * target) found.push(segments.slice(start, end + 1));
    }
    return found;
  });
}

function bitRate(segments: readonly MeasuredSegment[]): number {
  const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
  const seconds = segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
  return (bytes * 8) / seconds;
}
