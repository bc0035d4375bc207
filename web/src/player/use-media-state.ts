import { useEffect, useState, type RefObject } from 'react';

export interface MediaState {
  paused: boolean;
  ended: boolean;
  waiting: boolean;
  currentSeconds: number;
  durationSeconds: number;
  /** The end of what may be seeked to; behind the duration while the film is still encoding. */
  seekableSeconds: number;
  bufferedSeconds: number;
  volume: number;
  muted: boolean;
}

const idle: MediaState = {
  paused: true,
  ended: false,
  waiting: true,
  currentSeconds: 0,
  durationSeconds: 0,
  seekableSeconds: 0,
  bufferedSeconds: 0,
  volume: 1,
  muted: false,
};

const events = [
  'play',
  'playing',
  'pause',
  'ended',
  'waiting',
  'canplay',
  'seeking',
  'seeked',
  'timeupdate',
  'durationchange',
  'progress',
  'volumechange',
  'emptied',
] as const;

/** What a video element is doing, as state. */
export function useMediaState(video: RefObject<HTMLVideoElement | null>): MediaState {
  const [state, setState] = useState(idle);

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const read = () => setState(snapshot(element));
    for (const event of events) element.addEventListener(event, read);
    read();
    return () => {
      for (const event of events) element.removeEventListener(event, read);
    };
  }, [video]);

  return state;
}

function snapshot(element: HTMLVideoElement): MediaState {
  return {
    paused: element.paused,
    ended: element.ended,
    waiting: element.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && !element.ended,
    currentSeconds: element.currentTime,
    durationSeconds: Number.isFinite(element.duration) ? element.duration : 0,
    seekableSeconds: lastEnd(element.seekable),
    bufferedSeconds: endAround(element.buffered, element.currentTime),
    volume: element.volume,
    muted: element.muted,
  };
}

function lastEnd(ranges: TimeRanges): number {
  return ranges.length === 0 ? 0 : ranges.end(ranges.length - 1);
}

function endAround(ranges: TimeRanges, seconds: number): number {
  for (let index = 0; index < ranges.length; index += 1) {
    if (ranges.start(index) <= seconds + 0.1 && seconds <= ranges.end(index)) {
      return ranges.end(index);
    }
  }
  return seconds;
}
