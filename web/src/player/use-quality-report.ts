import { useEffect, useState, type RefObject } from 'react';

import { tellPlayback } from '../api/videos';
import { PlaybackMonitor } from './playback-monitor';

const TELL_EVERY_MS = 30_000;

/** Tells the server how playback goes: now and then, at the end, and when the page is left. */
export function useQualityReport(
  videoId: string,
  film: RefObject<HTMLVideoElement | null>,
): PlaybackMonitor {
  const [monitor] = useState(() => new PlaybackMonitor());

  useEffect(() => {
    const element = film.current;
    if (!element) return;
    const session_id = uuid();
    const tell = () => {
      const happened = monitor.take();
      if (happened) tellPlayback(videoId, { session_id, ...happened }).catch(() => undefined);
    };
    // A film that waits where somebody has jumped to does not stall.
    const onWaiting = () => {
      if (!element.seeking) monitor.stall();
    };
    const onEnded = () => {
      monitor.halt();
      tell();
    };
    const onHidden = () => {
      if (document.visibilityState === 'hidden') tell();
    };
    const listeners = {
      play: monitor.wish,
      playing: monitor.play,
      waiting: onWaiting,
      seeking: monitor.halt,
      pause: monitor.halt,
      ended: onEnded,
    };
    for (const [name, listener] of Object.entries(listeners))
      element.addEventListener(name, listener);
    document.addEventListener('visibilitychange', onHidden);
    const timer = setInterval(tell, TELL_EVERY_MS);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onHidden);
      for (const [name, listener] of Object.entries(listeners))
        element.removeEventListener(name, listener);
      monitor.halt();
      tell();
    };
  }, [videoId, film, monitor]);

  return monitor;
}

/** `crypto.randomUUID` is missing on plain http, which is what a network at home has. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
