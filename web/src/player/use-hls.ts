import Hls, { ErrorDetails, ErrorTypes, Events, type ErrorData } from 'hls.js';
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

import type { PlaybackError, PlaybackMonitor } from './playback-monitor';
import { levelLabel, qualities, type Quality } from './quality';

export interface Source {
  url: string;
  startAtSeconds: number;
}

export interface HlsPlayback {
  choices: Quality[];
  chosen: string;
  choose: (label: string) => void;
  playingLabel: string | undefined;
}

export interface Trouble {
  /** The signed link is no longer accepted, or its files are gone: a new one may help. */
  linkExpired: boolean;
}

export const AUTO = 'auto';

/** Plays a source in a video element and offers its levels. A new source object reloads. */
export function useHls(
  video: RefObject<HTMLVideoElement | null>,
  source: Source,
  onTrouble: (trouble: Trouble) => void,
  monitor: PlaybackMonitor,
): HlsPlayback {
  const [choices, setChoices] = useState<Quality[]>([]);
  const [chosen, setChosen] = useState(AUTO);
  const [playingLabel, setPlayingLabel] = useState<string>();
  const engine = useRef<Hls>(undefined);
  const wanted = useRef(AUTO);
  const report = useRef(onTrouble);
  report.current = onTrouble;

  useEffect(() => {
    const element = video.current;
    if (!element) return;
    if (!Hls.isSupported()) return playNatively(element, source, report, monitor);

    // A growing playlist looks live to hls.js; an explicit start keeps it off the live edge.
    // Subtitles come as tracks of the page, uploaded ones too; shown by both, they would be there twice.
    const hls = new Hls({
      startPosition: source.startAtSeconds,
      renderTextTracksNatively: false,
    });
    engine.current = hls;
    const recover = recovery(hls, (trouble) => report.current(trouble));

    hls.on(Events.MANIFEST_PARSED, () => {
      setChoices(qualities(hls.levels));
      apply(hls, wanted.current);
    });
    let isFirst = true;
    hls.on(Events.LEVEL_SWITCHED, (_event, { level }) => {
      if (!isFirst) monitor.switched();
      isFirst = false;
      const playing = hls.levels[level];
      setPlayingLabel(playing && levelLabel(playing));
    });
    hls.on(Events.ERROR, (_event, error) => {
      if (!error.fatal) return;
      monitor.fail(kindOf(error));
      recover(error);
    });
    hls.loadSource(source.url);
    hls.attachMedia(element);

    return () => {
      engine.current = undefined;
      hls.destroy();
    };
  }, [video, source, monitor]);

  const choose = useCallback((label: string) => {
    wanted.current = label;
    setChosen(label);
    if (engine.current) apply(engine.current, label);
  }, []);

  return { choices, chosen, choose, playingLabel };
}

function apply(hls: Hls, label: string): void {
  const quality = qualities(hls.levels).find((entry) => entry.label === label);
  hls.nextLevel = quality?.levelIndex ?? -1;
}

/** What an error is in the server's words. */
function kindOf({ type, details, response }: ErrorData): PlaybackError {
  const code = response?.code ?? 0;
  if (code >= 400 && code < 500) return 'link_refused';
  if (details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR) return 'unsupported';
  if (type === ErrorTypes.MEDIA_ERROR) return 'decode';
  if (type !== ErrorTypes.NETWORK_ERROR) return 'other';
  return /^(frag|key)/.test(details) ? 'segment_load' : 'playlist_load';
}

const MAX_MEDIA_RECOVERIES = 2;
const MAX_NETWORK_RETRIES = 4;

function recovery(hls: Hls, giveUp: (trouble: Trouble) => void): (error: ErrorData) => void {
  let mediaRecoveries = 0;
  let networkRetries = 0;
  return (error) => {
    const code = error.response?.code ?? 0;
    const linkExpired = code >= 400 && code < 500;
    if (error.type === ErrorTypes.MEDIA_ERROR && mediaRecoveries < MAX_MEDIA_RECOVERIES) {
      mediaRecoveries += 1;
      hls.recoverMediaError();
      return;
    }
    const retryable = error.type === ErrorTypes.NETWORK_ERROR && !linkExpired;
    if (retryable && hls.levels.length > 0 && networkRetries < MAX_NETWORK_RETRIES) {
      networkRetries += 1;
      setTimeout(() => {
        if (hls.media) hls.startLoad();
      }, 1000 * networkRetries);
      return;
    }
    hls.stopLoad();
    giveUp({ linkExpired });
  };
}

// Safari on the iPhone has no Media Source Extensions and plays HLS itself.
function playNatively(
  element: HTMLVideoElement,
  source: Source,
  report: RefObject<(trouble: Trouble) => void>,
  monitor: PlaybackMonitor,
): (() => void) | undefined {
  if (element.canPlayType('application/vnd.apple.mpegurl') === '') {
    monitor.fail('unsupported');
    report.current({ linkExpired: false });
    return undefined;
  }
  const start = () => {
    element.currentTime = source.startAtSeconds;
  };
  const fail = () => {
    const isNetwork = element.error?.code === MediaError.MEDIA_ERR_NETWORK;
    monitor.fail(isNetwork ? 'segment_load' : 'decode');
    report.current({ linkExpired: isNetwork });
  };
  element.addEventListener('loadedmetadata', start, { once: true });
  element.addEventListener('error', fail);
  element.src = source.url;
  return () => {
    element.removeEventListener('loadedmetadata', start);
    element.removeEventListener('error', fail);
    element.removeAttribute('src');
    element.load();
  };
}
