import { refuseBitstream as refuse } from './media-fault.js';
import type { InitSegment, SampleFilter } from './packager.js';
import type { Sample } from './samples.js';

/**
 * No film has frames that are shown for a shorter time. Where a source's times go back, ffmpeg counts on in
 * single ticks until they come forward again.
 */
const SHORTEST_FRAME_SECONDS = 0.001;

/** Looks at a group of frames before it is packaged. */
type Inspection = (group: readonly Sample[], init: InitSegment) => void;

/**
 * Keeps the time at which a source shows each of its frames, the first one at 0: rungs whose frames come
 * from the same ones are told the same times. A frame lasts until the next one is shown, so each group waits
 * for the one behind it; the very last one lasts as long as the one before it.
 */
export class SourceClock implements SampleFilter {
  private origin: number | undefined;
  private waiting: Sample[] = [];
  /** How long the frame in front of those that wait is shown. */
  private lastTicks: number | undefined;

  constructor(private readonly inspect: Inspection = () => undefined) {}

  /** @throws MediaFault `source.damaged` for a group that is not closed: the picture has to be encoded */
  take(group: readonly Sample[], init: InitSegment): readonly Sample[] {
    this.inspect(group, init);
    this.origin ??= shownAt(group[0]);
    const leastTicks = Math.ceil(SHORTEST_FRAME_SECONDS * init.track.timescale);
    const next = timed(group, this.origin, leastTicks);
    const complete = this.waiting;
    const last = complete.at(-1);
    if (last) last.durationTicks = (next[0]?.decodeTicks ?? 0) - last.decodeTicks;
    if (last && last.durationTicks <= 0) refuse('an open group of pictures');
    if (last && last.durationTicks < leastTicks) refuse('two frames at one time');
    this.lastTicks = last?.durationTicks;
    this.waiting = next;
    return complete;
  }

  end(): readonly Sample[] {
    const last = this.waiting.at(-1);
    const before = this.waiting.at(-2)?.durationTicks ?? this.lastTicks;
    if (last && before !== undefined) last.durationTicks = before;
    return this.waiting;
  }
}

/** In the order in which they are decoded; each is decoded when a frame of the group is to be shown. */
function timed(group: readonly Sample[], origin: number, leastTicks: number): Sample[] {
  const shown = group.map((sample) => shownAt(sample) - origin);
  const turns = [...shown].sort((a, b) => a - b);
  if (turns[0] !== shown[0]) refuse('an open group of pictures');
  return group.map((sample, at) => {
    const decodeTicks = turns[at] ?? 0;
    // Of the last one the next group tells, so that here it may be left open.
    const untilTicks = turns[at + 1] ?? decodeTicks + Math.max(leastTicks, sample.durationTicks);
    const durationTicks = untilTicks - decodeTicks;
    if (durationTicks < leastTicks) refuse('two frames at one time');
    return {
      ...sample,
      decodeTicks,
      durationTicks,
      compositionTicks: (shown[at] ?? 0) - decodeTicks,
    };
  });
}

function shownAt(sample: Sample | undefined): number {
  return (sample?.decodeTicks ?? 0) + (sample?.compositionTicks ?? 0);
}
